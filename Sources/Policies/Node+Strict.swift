internal import Core
internal import Manifests

extension Node {
    /// Checks that a mapping has no field but these, and none without a value: a list whose elements are all commented out is more
    /// likely forgotten than meant.
    func requireFields(among known: Set<String>) throws(ManifestError) {
        try allowOnly(known, nullAdvice: "leave it out, or write [] for an empty list")
    }

    /// A field that is one of some words; nil when it is absent.
    func choice(_ key: String, _ words: [String]) throws(ManifestError) -> String? {
        guard let text = try string(key) else { return nil }
        guard words.contains(text) else {
            throw error(at: key, "got \"\(text.oneLine(bytesMax: 64))\", allowed are \(words.joined(separator: ", "))")
        }
        return text
    }

    /// A text that is not empty.
    func nonEmptyString() throws(ManifestError) -> String {
        let text = try string()
        guard !text.isEmpty else { throw error("the text is empty") }
        return text
    }

    /// The elements of a list field; nil when it is absent.
    func list<Element>(
        _ key: String, _ read: (Node) throws(ManifestError) -> Element
    ) throws(ManifestError) -> [Element]? {
        guard self[key] != nil else { return nil }
        let nodes = try sequence(key)
        guard nodes.count <= PolicyLimits.listMax else {
            throw error(at: key, "the list has \(nodes.count) elements, the limit is \(PolicyLimits.listMax)")
        }
        var elements: [Element] = []
        for node in nodes { elements.append(try read(node)) }
        return elements
    }

    /// The elements of a list field that limits nothing when it is absent, so that an empty one would be misunderstood.
    func nonEmptyList<Element>(
        _ key: String, _ read: (Node) throws(ManifestError) -> Element
    ) throws(ManifestError) -> [Element]? {
        let elements = try list(key, read)
        guard elements?.isEmpty != true else { throw error(at: key, "the list is empty; leave it out for no limit") }
        return elements
    }

    /// The mappings of a list field; none when it is absent.
    func boundedMappings(_ key: String) throws(ManifestError) -> [Node] {
        try list(key) { (node) throws(ManifestError) in
            guard node.kind == .mapping else { throw node.mismatch("a mapping") }
            return node
        } ?? []
    }

    /// A duration as Go writes it; nil when it is absent.
    func duration(_ key: String) throws(ManifestError) -> Duration? {
        guard let text = try string(key) else { return nil }
        guard let duration = GoDuration.parse(text) else {
            throw error(at: key, "got \"\(text.oneLine(bytesMax: 64))\", not a duration such as 2160h")
        }
        return duration
    }

    /// Patterns for DNS names; none when the field is absent.
    func dnsNamePatterns(_ key: String) throws(ManifestError) -> [DNSNamePattern] {
        try list(key) { (node) throws(ManifestError) in
            let text = try node.string()
            do throws(PatternError) { return try DNSNamePattern(parsing: text) } catch {
                throw node.error("not a pattern for DNS names: \(error)")
            }
        } ?? []
    }

    /// Ranges of addresses; none when the field is absent.
    func addressRanges(_ key: String) throws(ManifestError) -> [AddressRange] {
        try list(key) { (node) throws(ManifestError) in
            let text = try node.string()
            do throws(PatternError) { return try AddressRange(parsing: text) } catch {
                throw node.error("not a range of addresses: \(error)")
            }
        } ?? []
    }
}
