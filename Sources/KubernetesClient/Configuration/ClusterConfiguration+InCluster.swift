internal import Core
public import FoundationEssentials

extension ClusterConfiguration {
    /// Where the kubelet puts the Pod's token, CA and namespace.
    public static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// Whether this process runs in a Pod, as far as the environment tells.
    public static func isInCluster(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        !(environment["KUBERNETES_SERVICE_HOST"] ?? "").isEmpty && !(environment["KUBERNETES_SERVICE_PORT"] ?? "").isEmpty
    }

    /// The configuration of a Pod: the API server from the environment, the service account's files. The token and the CA are read again when
    /// they are replaced.
    ///
    /// - Parameter folder: where the files are.
    public static func inCluster(
        folder: String = serviceAccountFolder, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ClusterConfigurationError) -> ClusterConfiguration {
        let subject = "in-cluster configuration"
        guard isInCluster(environment: environment), let host = environment["KUBERNETES_SERVICE_HOST"],
            let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw ClusterConfigurationError(
                subject, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set; outside of a Pod a kubeconfig is needed")
        }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw ClusterConfigurationError(subject, "KUBERNETES_SERVICE_PORT is \"\(port.oneLine)\", not a port")
        }
        for name in ["token", "ca.crt"] {
            do throws(ConfigurationFile.Failure) {
                _ = try ConfigurationFile.read("\(folder)/\(name)")
            } catch {
                throw ClusterConfigurationError("\(subject): \(folder)/\(name)", error.words)
            }
        }
        return ClusterConfiguration(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(number)",
            certificateAuthority: .file("\(folder)/ca.crt"),
            credentials: Credentials(bearer: .token(.file("\(folder)/token"))),
            namespace: try namespace(in: folder))
    }

    private static func namespace(in folder: String) throws(ClusterConfigurationError) -> String {
        let path = "\(folder)/namespace"
        guard let bytes = try? ConfigurationFile.read(path) else { return "default" }
        let name = String(decoding: bytes, as: UTF8.self).trimmed
        guard !name.isEmpty, name.utf8.count <= 63, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ClusterConfigurationError("in-cluster configuration: \(path)", "the file does not hold the name of a namespace")
        }
        return name
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String { String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
}
