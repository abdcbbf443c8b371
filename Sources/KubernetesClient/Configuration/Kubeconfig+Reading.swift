internal import FoundationEssentials
internal import Manifests
internal import PKI

extension Kubeconfig {
    /// Reads one file's document.
    ///
    /// - Parameter folder: what relative paths are relative to.
    init(from root: Node, folder: String) throws(ManifestError) {
        if let version = try root.string("apiVersion"), version != "v1" { throw root.error(at: "apiVersion", "expected v1") }
        if let kind = try root.string("kind"), kind != "Config" { throw root.error(at: "kind", "expected Config") }
        let reader = Reader(folder: folder)
        for (name, node, entry) in try Kubeconfig.named(root, "clusters", "cluster") {
            guard clusters[name] == nil else { throw Kubeconfig.duplicate(entry) }
            clusters[name] = try reader.cluster(node)
        }
        for (name, node, entry) in try Kubeconfig.named(root, "users", "user") {
            guard users[name] == nil else { throw Kubeconfig.duplicate(entry) }
            users[name] = try reader.user(node)
        }
        for (name, node, entry) in try Kubeconfig.named(root, "contexts", "context") {
            guard contexts[name] == nil else { throw Kubeconfig.duplicate(entry) }
            contexts[name] = try reader.context(node)
        }
        if let name = try root.string("current-context"), !name.isEmpty { currentContext = name }
    }

    private static func duplicate(_ entry: Node) -> ManifestError { entry.error(at: "name", "the name is used twice in this list") }

    /// The entries of a list of names with something under `key`; without that, the entry itself, which then has none of its fields.
    private static func named(
        _ root: Node, _ list: String, _ key: String
    ) throws(ManifestError) -> [(name: String, node: Node, entry: Node)] {
        var found: [(String, Node, Node)] = []
        for entry in try root.mappings(list) {
            let name = try entry.requiredString("name")
            found.append((name, try entry.requiredMapping(key), entry))
        }
        return found
    }

    /// Reads the parts of a file.
    private struct Reader {
        let folder: String

        func cluster(_ node: Node) throws(ManifestError) -> Cluster {
            var cluster = Cluster(place: place(node))
            cluster.server = try text(node, "server").map(Kubeconfig.withoutSlash)
            cluster.certificateAuthority = try fileOrData(node, "certificate-authority")
            cluster.insecureSkipTLSVerify = try node.bool("insecure-skip-tls-verify") ?? false
            cluster.tlsServerName = try text(node, "tls-server-name")
            if let url = try text(node, "proxy-url") {
                guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                    throw node.error(at: "proxy-url", "only the URL of an http or https proxy is supported")
                }
                cluster.proxyURL = url
            }
            if let server = cluster.server, !server.hasPrefix("https://"), !server.hasPrefix("http://") {
                throw node.error(at: "server", "expected an https or http URL")
            }
            if cluster.insecureSkipTLSVerify, cluster.certificateAuthority != nil {
                throw node.error(at: "insecure-skip-tls-verify", "must not be set together with a certificate authority")
            }
            for entry in try node.mappings("extensions") where try entry.string("name") == "client.authentication.k8s.io/exec" {
                cluster.execConfigJSON = entry["extension"]?.json()
            }
            return cluster
        }

        func context(_ node: Node) throws(ManifestError) -> Context {
            Context(
                cluster: try text(node, "cluster"), user: try text(node, "user"), namespace: try text(node, "namespace"), place: place(node)
            )
        }

        func user(_ node: Node) throws(ManifestError) -> User {
            for key in ["as", "as-uid", "as-groups", "as-user-extra"] where node[key] != nil {
                throw node.error(at: key, "impersonation is not supported")
            }
            if node["auth-provider"] != nil {
                throw node.error(at: "auth-provider", "auth providers were removed from Kubernetes 1.26; use an exec plugin")
            }
            var user = User(place: place(node))
            user.credentials.bearer = try bearer(node)
            user.credentials.clientCertificate = try clientCertificate(node)
            user.credentials.exec = try node.mapping("exec").map { node throws(ManifestError) in try exec(node) }
            return user
        }

        private func bearer(_ node: Node) throws(ManifestError) -> Credentials.Bearer {
            let name = try text(node, "username")
            let password = try text(node, "password")
            let token = try text(node, "token")
            let file = try text(node, "tokenFile")
            guard name == nil && password == nil || token == nil && file == nil else {
                throw node.error("both a token and a user name are given, only one is allowed")
            }
            // A file is the newer way and wins, as in client-go.
            if let file { return .token(.file(absolute(file))) }
            if let token {
                guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw node.error(at: "token", "the token has a byte that is not printable ASCII")
                }
                return .token(.data(SecretBytes(Array(token.utf8))))
            }
            guard let name else {
                if password != nil { throw node.error(at: "username", "a password needs a user name") }
                return .none
            }
            guard !name.contains(":") else { throw node.error(at: "username", "a user name has no colon (RFC 7617)") }
            return .basic(user: name, password: SecretBytes(Array((password ?? "").utf8)))
        }

        private func clientCertificate(_ node: Node) throws(ManifestError) -> Credentials.ClientCertificate? {
            let certificate = try fileOrData(node, "client-certificate")
            let key = try fileOrData(node, "client-key")
            switch (certificate, key) {
            case (nil, nil): return nil
            case (let certificate?, let key?): return Credentials.ClientCertificate(certificate: certificate, key: key)
            case (nil, _?): throw node.error("client-key is given without client-certificate")
            case (_?, nil): throw node.error("client-certificate is given without client-key")
            }
        }

        private func exec(_ node: Node) throws(ManifestError) -> ExecPlugin {
            guard let version = ExecPlugin.Version(rawValue: try node.requiredString("apiVersion")) else {
                let known = ExecPlugin.Version.allCases.map(\.rawValue).joined(separator: " or ")
                throw node.error(at: "apiVersion", "expected \(known)")
            }
            let command = try node.requiredString("command")
            var plugin = ExecPlugin(version: version, command: command.contains("/") ? absolute(command) : command)
            plugin.arguments = try node.strings("args")
            for variable in try node.mappings("env") {
                let name = try variable.requiredString("name")
                let value = try variable.string("value") ?? ""
                guard !name.contains("="), !name.contains("\0"), !value.contains("\0") else {
                    throw variable.error("not the name and value of an environment variable")
                }
                plugin.environment.append((name, value))
            }
            guard ([plugin.command] + plugin.arguments).allSatisfy({ !$0.contains("\0") }) else {
                throw node.error("the command or an argument has a NUL")
            }
            plugin.installHint = try text(node, "installHint")
            plugin.cluster = try node.bool("provideClusterInfo") == true ? ExecPlugin.Cluster() : nil
            plugin.interactiveMode = try interactiveMode(node, version)
            return plugin
        }

        private func interactiveMode(_ node: Node, _ version: ExecPlugin.Version) throws(ManifestError) -> ExecPlugin.InteractiveMode {
            guard let text = try text(node, "interactiveMode") else {
                if version == .v1beta1 { return .ifAvailable }
                throw node.error(at: "interactiveMode", "the field is missing; \(version.rawValue) requires it")
            }
            guard let mode = ExecPlugin.InteractiveMode(rawValue: text) else {
                throw node.error(at: "interactiveMode", "expected Never, IfAvailable or Always")
            }
            return mode
        }

        /// A file under `key`, or base64 under `key-data`.
        private func fileOrData(_ node: Node, _ key: String) throws(ManifestError) -> FileOrData? {
            let dataKey = key + "-data"
            let data = try text(node, dataKey)
            let file = try text(node, key)
            guard data == nil || file == nil else { throw node.error(at: dataKey, "given together with \(key), only one is allowed") }
            if let file { return .file(absolute(file)) }
            guard let data else { return nil }
            guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
                throw node.error(at: dataKey, "not base64 (RFC 4648)")
            }
            return .data(SecretBytes([UInt8](bytes)))
        }

        /// A text; an empty one counts as absent, as in client-go.
        private func text(_ node: Node, _ key: String) throws(ManifestError) -> String? {
            guard let text = try node.string(key), !text.isEmpty else { return nil }
            return text
        }

        private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

        private func place(_ node: Node) -> String { "\(node.file), line \(node.line), \(node.path)" }
    }

    private static func withoutSlash(_ url: String) -> String {
        var url = url[...]
        while url.hasSuffix("/") { url = url.dropLast() }
        return String(url)
    }
}
