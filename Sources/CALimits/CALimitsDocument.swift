public import Manifests

/// What one CA allows: a `CALimits` document, such as the shipped ones in `policies/ca-limits`.
public struct CALimitsDocument: Hashable, Sendable {
    /// What it is called; one of the same name in `--policies` replaces it.
    public var name: String
    /// The ACME directories that it applies to, as issuers write them in `server`.
    public var servers: [String]
    /// The limits, in the order of the document.
    public var limits: [CALimit]

    /// Makes a document.
    public init(name: String, servers: [String], limits: [CALimit]) {
        self.name = name
        self.servers = servers
        self.limits = limits
    }
}

/// The limits that are known: the shipped ones, and those of a folder. An issuer whose directory is not among them has none.
public struct CALimitsSet: Hashable, Sendable {
    private var documents: [String: CALimitsDocument] = [:]
    private var limitsByServer: [String: [CALimit]] = [:]

    /// No CA has a limit.
    public init() {}

    /// Those of documents by hand; a later one replaces an earlier one of the same name.
    public init(_ documents: [CALimitsDocument]) {
        for document in documents { self.documents[document.name] = document }
        index()
    }

    /// The names, sorted.
    public var names: [String] { documents.keys.sorted() }

    /// The limits that come with the program: `policies/ca-limits` of the source tree.
    public static func shipped() throws(ManifestError) -> CALimitsSet {
        var set = CALimitsSet()
        try set.add(PackageResources.letsencrypt_yaml, file: "policies/ca-limits/letsencrypt.yaml")
        try set.add(PackageResources.letsencrypt_staging_yaml, file: "policies/ca-limits/letsencrypt-staging.yaml")
        return set
    }

    /// The limits of a directory; none for one that nobody described.
    public func limits(of directory: String) -> [CALimit] { limitsByServer[directory] ?? [] }

    /// Adds the limits of a file; a document with a name that is known replaces the known one. Other kinds are left alone.
    ///
    /// - Throws: the first error, with file and line; nothing of the file is then added.
    public mutating func add(_ text: [UInt8], file: String) throws(ManifestError) {
        var added = self
        for result in ManifestReader.documents(in: text, file: file) {
            let document = try result.get()
            guard document["kind"]?.text == CALimitsDocument.kind else { continue }
            let limits = try CALimitsDocument(from: document)
            added.documents[limits.name] = limits
            try added.checkServers(of: limits, document)
        }
        added.index()
        self = added
    }

    private func checkServers(of limits: CALimitsDocument, _ document: Node) throws(ManifestError) {
        for other in documents.values where other.name != limits.name {
            if let server = limits.servers.first(where: { other.servers.contains($0) }) {
                let spec = try document.requiredMapping("spec")
                throw spec.error(at: "servers", "\(server) has the limits \"\(other.name)\" already")
            }
        }
    }

    private mutating func index() {
        limitsByServer = [:]
        for document in documents.values {
            for server in document.servers { limitsByServer[server] = document.limits }
        }
    }
}
