public import Manifests

extension TLSPolicy {
    /// The only version of the document that there is.
    public static let apiVersion = "certctl.dev/v1alpha1"
    /// The document's kind.
    public static let kind = "TLSPolicy"

    /// Reads a document. Strict: an unknown field is an error, since a misspelt limit would silently not be one.
    ///
    /// - Throws: what is wrong, with file, line and field.
    public init(from document: Node) throws(ManifestError) {
        try document.requireVersion(TLSPolicy.apiVersion)
        try document.allowOnly(["apiVersion", "kind", "metadata", "spec"])
        let name = try document.requiredMapping("metadata").requiredString("name")
        let spec = try document.requiredMapping("spec")
        try spec.allowOnly(["minVersion", "maxVersion", "cipherSuites", "curves", "alpn", "hsts"])
        let minVersion: Version = try spec.requiredWord("minVersion")
        let maxVersion: Version = try spec.requiredWord("maxVersion")
        guard minVersion <= maxVersion else {
            throw spec.error(at: "minVersion", "\(minVersion.rawValue) is above maxVersion \(maxVersion.rawValue)")
        }
        let cipherSuites: [CipherSuite] = try spec.words("cipherSuites")
        guard minVersion > .tls12 || !cipherSuites.isEmpty else {
            throw spec.error(at: "cipherSuites", "the list is empty, but minVersion 1.2 needs at least one")
        }
        let curves: [Curve] = try spec.words("curves")
        guard !curves.isEmpty else { throw spec.error(at: "curves", "the list is empty, but a key exchange needs at least one") }
        self.init(
            name: name, minVersion: minVersion, maxVersion: maxVersion, cipherSuites: cipherSuites, curves: curves,
            applicationProtocols: try spec["alpn"] == nil ? ApplicationProtocol.allCases : spec.words("alpn"),
            hsts: try spec.mapping("hsts").map { hsts throws(ManifestError) in try StrictTransportSecurity(from: hsts) })
    }
}

extension StrictTransportSecurity {
    /// Reads `spec.hsts`.
    fileprivate init(from node: Node) throws(ManifestError) {
        try node.allowOnly(["maxAge", "includeSubDomains", "preload"])
        guard let maxAge = try node.int("maxAge") else { throw node.error(at: "maxAge", "the field is missing") }
        guard (0...Self.maxAgeMax).contains(maxAge) else {
            throw node.error(at: "maxAge", "got \(maxAge), allowed are 0 to \(Self.maxAgeMax) seconds")
        }
        let includeSubDomains = try node.bool("includeSubDomains") ?? false
        let preload = try node.bool("preload") ?? false
        guard !preload || (includeSubDomains && maxAge >= Self.preloadMaxAgeMin) else {
            throw node.error(
                at: "preload", "the preload list asks for includeSubDomains and a maxAge of at least \(Self.preloadMaxAgeMin) seconds")
        }
        self.init(maxAge: maxAge, includeSubDomains: includeSubDomains, preload: preload)
    }
}

extension Node {
    fileprivate func words<Word: RawRepresentable & CaseIterable & Hashable>(_ key: String) throws(ManifestError) -> [Word]
    where Word.RawValue == String {
        var words: [Word] = []
        for element in try sequence(key) {
            let word: Word = try element.word()
            guard !words.contains(word) else { throw element.error("\"\(word.rawValue)\" is listed twice") }
            words.append(word)
        }
        return words
    }
}
