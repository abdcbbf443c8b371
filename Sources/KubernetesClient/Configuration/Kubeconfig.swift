public import FoundationEssentials
internal import Manifests

/// What kubectl reads: clusters, users and contexts from one file or several.
public struct Kubeconfig: Sendable {
    struct Cluster: Sendable {
        var server: String?
        var certificateAuthority: FileOrData?
        var insecureSkipTLSVerify = false
        var tlsServerName: String?
        var proxyURL: String?
        /// The extension for exec plugins, as JSON.
        var execConfigJSON: [UInt8]?
        /// The file and its line, for errors.
        let place: String
    }

    struct User: Sendable {
        var credentials = Credentials()
        let place: String
    }

    struct Context: Sendable {
        var cluster: String?
        var user: String?
        var namespace: String?
        let place: String
    }

    var clusters: [String: Cluster] = [:]
    var users: [String: User] = [:]
    var contexts: [String: Context] = [:]
    /// The context that is used unless another one is asked for.
    public internal(set) var currentContext: String?
    /// The files that were read, in the order of precedence.
    public internal(set) var files: [String] = []

    /// The names of all contexts, sorted.
    public var contextNames: [String] { contexts.keys.sorted() }

    /// Reads what client-go would: the file that is asked for, else the files of `KUBECONFIG`, else `~/.kube/config`.
    ///
    /// Of several files the first that has a cluster, user, context or current context of a name counts, whole. Missing files of a list are
    /// passed over. Relative paths in a file are relative to its folder.
    ///
    /// - Parameter explicitPath: `--kubeconfig`; this file must exist.
    public static func load(
        explicitPath: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ClusterConfigurationError) -> Kubeconfig {
        var merged = Kubeconfig()
        if let explicitPath {
            try merged.merge(file: explicitPath, mayBeMissing: false)
            return merged
        }
        let paths = searchPaths(environment)
        for path in paths { try merged.merge(file: path, mayBeMissing: true) }
        guard !merged.files.isEmpty else {
            let looked =
                paths.isEmpty ? "neither KUBECONFIG nor HOME is set" : "none of these files exists: " + paths.joined(separator: ", ")
            throw ClusterConfigurationError("kubeconfig", looked)
        }
        return merged
    }

    private static func searchPaths(_ environment: [String: String]) -> [String] {
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            var seen: Set<String> = []
            return list.split(separator: ":").map(String.init).filter { seen.insert($0).inserted }
        }
        guard let home = environment["HOME"], !home.isEmpty else { return [] }
        return [home + "/.kube/config"]
    }

    private mutating func merge(file path: String, mayBeMissing: Bool) throws(ClusterConfigurationError) {
        let bytes: [UInt8]
        do throws(ConfigurationFile.Failure) {
            bytes = try ConfigurationFile.read(path)
        } catch {
            if error.isMissing, mayBeMissing { return }
            throw ClusterConfigurationError("kubeconfig \(path)", error.words)
        }
        files.append(path)
        do throws(ManifestError) {
            guard let root = try Kubeconfig.root(bytes, path) else { return }
            let read = try Kubeconfig(from: root, folder: Kubeconfig.folder(of: path))
            clusters.merge(read.clusters) { first, _ in first }
            users.merge(read.users) { first, _ in first }
            contexts.merge(read.contexts) { first, _ in first }
            currentContext = currentContext ?? read.currentContext
        } catch {
            throw ClusterConfigurationError(error)
        }
    }

    /// - Returns: nil for an empty file, which is no error.
    private static func root(_ bytes: [UInt8], _ path: String) throws(ManifestError) -> Node? {
        let documents = ManifestReader.documents(in: bytes, file: path)
        guard let first = documents.first else { return nil }
        let root = try first.get()
        guard documents.count == 1 else { throw root.error("a kubeconfig is one document, this file has \(documents.count)") }
        guard root.kind == .mapping else { throw root.mismatch("a kubeconfig") }
        return root
    }

    /// The absolute folder of a file.
    private static func folder(of path: String) -> String {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? ""
    }
}
