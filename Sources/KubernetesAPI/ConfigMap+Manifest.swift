public import Manifests

extension ConfigMap {
    /// Bytes of the names and contents of all entries, which ``Secret/dataBytesMax`` bounds.
    public var dataBytes: Int { data.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

    /// Reads a ConfigMap.
    public init(from root: Node) throws(ManifestError) {
        self.init(metadata: try ObjectMeta(fromRoot: root, isClusterScoped: false), data: try root.stringMap("data"))
    }

    /// The ConfigMap as a manifest has it. The resource version is left out: the store computes it.
    public func value() -> ManifestValue {
        .mapping([
            .init("apiVersion", .string(ObjectKind.configMap.apiVersion)),
            .init("kind", .string(ObjectKind.configMap.rawValue)),
            .init("metadata", metadata.value()),
            .init("data", .mapping(of: data)),
        ])
    }
}
