internal import FoundationEssentials
internal import Manifests

extension ExecPlugin {
    /// The value of `KUBERNETES_EXEC_INFO`.
    ///
    /// - Parameter caPEM: the content of the configuration's CA.
    func info(for configuration: ClusterConfiguration, caPEM: [UInt8]?, isInteractive: Bool) -> [UInt8] {
        var spec = "{\"interactive\":\(isInteractive)"
        if let cluster { spec += ",\"cluster\":" + ExecPlugin.text(cluster, configuration, caPEM) }
        return Array("{\"apiVersion\":\(ExecPlugin.text(version.rawValue)),\"kind\":\"ExecCredential\",\"spec\":\(spec)}}".utf8)
    }

    private static func text(_ cluster: Cluster, _ configuration: ClusterConfiguration, _ caPEM: [UInt8]?) -> String {
        var members = ["\"server\":\(text(configuration.server))"]
        if let name = configuration.tlsServerName { members.append("\"tls-server-name\":\(text(name))") }
        if configuration.insecureSkipTLSVerify { members.append("\"insecure-skip-tls-verify\":true") }
        if let caPEM { members.append("\"certificate-authority-data\":\(text(Data(caPEM).base64EncodedString()))") }
        if let url = configuration.proxyURL { members.append("\"proxy-url\":\(text(url))") }
        if let json = cluster.configJSON { members.append("\"config\":" + String(decoding: json, as: UTF8.self)) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func text(_ value: String) -> String { String(decoding: ManifestWriter.json(.string(value)), as: UTF8.self) }
}
