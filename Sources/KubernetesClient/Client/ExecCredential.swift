internal import FoundationEssentials
internal import Manifests

/// What an exec plugin has printed: a token, a client certificate with its key, or both.
struct ExecCredential: Equatable, Sendable {
    var token: String?
    var certificatePEM: [UInt8]?
    var keyPEM: [UInt8]?
    /// When to ask again; nil for never.
    var expiration: Date?

    /// Reads a plugin's output. Errors name fields, never what they hold.
    init(parsing output: [UInt8], of plugin: ExecPlugin) throws(ClusterConfigurationError) {
        let subject = "exec plugin \(plugin.command)"
        guard let root = ManifestReader.object(json: output) else {
            throw ClusterConfigurationError(subject, "its output is not the JSON of an ExecCredential")
        }
        do throws(ManifestError) {
            try self.init(from: root, plugin)
        } catch {
            throw ClusterConfigurationError("\(subject): output, \(error.field ?? "line \(error.line)")", error.message)
        }
    }

    private init(from root: Node, _ plugin: ExecPlugin) throws(ManifestError) {
        guard try root.requiredString("kind") == "ExecCredential" else { throw root.error(at: "kind", "expected ExecCredential") }
        guard try root.requiredString("apiVersion") == plugin.version.rawValue else {
            throw root.error(at: "apiVersion", "expected \(plugin.version.rawValue), as the kubeconfig says")
        }
        let status = try root.requiredMapping("status")
        token = try status.string("token").flatMap { $0.isEmpty ? nil : $0 }
        if let token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw status.error(at: "token", "the token has a byte that is not printable ASCII")
        }
        certificatePEM = try status.string("clientCertificateData").flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        keyPEM = try status.string("clientKeyData").flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        guard (certificatePEM == nil) == (keyPEM == nil) else {
            throw status.error("clientCertificateData and clientKeyData are not both given")
        }
        guard token != nil || certificatePEM != nil else { throw status.error("there is neither a token nor a client certificate") }
        if let text = try status.string("expirationTimestamp"), !text.isEmpty {
            guard let date = ExecCredential.date(text) else { throw status.error(at: "expirationTimestamp", "not a time (RFC 3339)") }
            expiration = date
        }
    }

    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    /// Whether it can still be used.
    func isValid(at now: Date) -> Bool { expiration.map { now < $0 } ?? true }
}
