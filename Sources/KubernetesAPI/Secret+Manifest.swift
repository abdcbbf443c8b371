public import Manifests

extension Secret {
    /// What Kubernetes allows for the data of one Secret or ConfigMap, keys and values together: 1 MiB. Beyond: refused.
    public static let dataBytesMax = 1024 * 1024

    /// Bytes of the names and contents of all entries, which ``dataBytesMax`` bounds.
    public var dataBytes: Int { data.reduce(0) { $0 + $1.key.utf8.count + $1.value.count } }

    /// Reads a Secret. Errors name keys of the data, never its content.
    public init(from root: Node) throws(ManifestError) {
        let metadata = try ObjectMeta(fromRoot: root, isClusterScoped: false)
        var data: [String: [UInt8]] = [:]
        if let node = try root.mapping("data") {
            for entry in node.entries where entry.value.kind != .null { data[entry.key.text] = try Secret.decode(entry.value) }
        }
        if let node = try root.mapping("stringData") {
            for entry in node.entries where entry.value.kind != .null {
                guard entry.value.kind == .string else { throw entry.value.mismatch("a string") }
                data[entry.key.text] = Array(entry.value.bytes)
            }
        }
        self.init(metadata: metadata, type: try root.string("type") ?? Secret.opaqueType, data: data)
        guard dataBytes <= Secret.dataBytesMax else {
            throw root.error(at: "data", "the data has \(dataBytes) bytes, the limit is \(Secret.dataBytesMax)")
        }
    }

    /// The Secret as a manifest has it, `data` in base64. The resource version is left out: the store computes it.
    public func value() -> ManifestValue {
        .mapping([
            .init("apiVersion", .string(ObjectKind.secret.apiVersion)),
            .init("kind", .string(ObjectKind.secret.rawValue)),
            .init("metadata", metadata.value()),
            .init("type", .string(type)),
            .init("data", .mapping(data.keys.sorted().map { .init($0, .string(Base64.encode(data[$0] ?? []))) })),
        ])
    }

    /// An entry of `data`. Base64 that happens to read as a number, such as `1234`, is still base64.
    private static func decode(_ node: Node) throws(ManifestError) -> [UInt8] {
        guard node.kind != .sequence, node.kind != .mapping else { throw node.mismatch("a string") }
        guard let bytes = Base64.decode(node.bytes) else { throw node.error("not base64 (RFC 4648); plain text goes under stringData") }
        return bytes
    }
}
