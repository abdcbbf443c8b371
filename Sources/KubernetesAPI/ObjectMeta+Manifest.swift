internal import Core
internal import FoundationEssentials
public import Manifests

extension ObjectMeta {
    /// Reads `metadata` of an object's document.
    ///
    /// - Parameters:
    ///   - root: the object's root.
    ///   - isClusterScoped: whether a namespace is left out of the identity; otherwise a missing one means `default`.
    /// - Throws: when the name is missing or is one that the API server would refuse.
    public init(fromRoot root: Node, isClusterScoped: Bool) throws(ManifestError) {
        let node = try root.requiredMapping("metadata")
        let id = try ObjectMeta.identity(node, isClusterScoped: isClusterScoped)
        self.init(
            id: id,
            uid: try node.string("uid"),
            labels: try node.stringMap("labels"),
            annotations: try node.stringMap("annotations"),
            creationTimestamp: try node.timestamp("creationTimestamp"),
            deletionTimestamp: try node.timestamp("deletionTimestamp"),
            resourceVersion: try node.string("resourceVersion"),
            generation: try node.int("generation") ?? 0)
    }

    /// `metadata` as a manifest has it. The resource version is left out: the store computes it.
    func value() -> ManifestValue {
        var entries: [ManifestValue.Entry] = []
        if !annotations.isEmpty { entries.append(.init("annotations", .mapping(of: annotations))) }
        if let creationTimestamp { entries.append(.init("creationTimestamp", .time(creationTimestamp))) }
        if !labels.isEmpty { entries.append(.init("labels", .mapping(of: labels))) }
        entries.append(.init("name", .string(name)))
        if !namespace.isEmpty { entries.append(.init("namespace", .string(namespace))) }
        if let uid { entries.append(.init("uid", .string(uid))) }
        return .mapping(entries)
    }

    /// Reads only the identity, for a word about an object whose other fields are wrong.
    init(identityOf root: Node, isClusterScoped: Bool) throws(ManifestError) {
        let node = try root.requiredMapping("metadata")
        self.init(id: try ObjectMeta.identity(node, isClusterScoped: isClusterScoped))
    }

    private static func identity(_ node: Node, isClusterScoped: Bool) throws(ManifestError) -> NamespacedName {
        let name = try node.requiredString("name")
        guard ObjectName.isSubdomain(name) else {
            throw node.error(at: "name", "not a name of lower-case letters, digits, - and . with at most 253 bytes (RFC 1123)")
        }
        var namespace = ""
        if !isClusterScoped {
            namespace = try node.string("namespace") ?? "default"
            if namespace.isEmpty { namespace = "default" }
            guard ObjectName.isLabel(namespace) else {
                throw node.error(at: "namespace", "not a name of lower-case letters, digits and - with at most 63 bytes (RFC 1123)")
            }
        }
        return NamespacedName(namespace: namespace, name: name)
    }
}

extension Node {
    /// A field with a time as the API writes it; nil when it is absent or null. RFC 3339.
    func timestamp(_ key: String) throws(ManifestError) -> Date? {
        guard let text = try string(key) else { return nil }
        if let date = try? Date(text, strategy: .iso8601) { return date }
        if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) { return date }
        throw error(at: key, "not a time such as 2026-07-31T12:00:00Z (RFC 3339)")
    }
}

extension ManifestValue {
    /// A time as the API writes it. RFC 3339.
    static func time(_ date: Date) -> ManifestValue { .string(date.formatted(.iso8601)) }
}
