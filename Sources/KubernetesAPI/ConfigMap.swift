/// `v1` ConfigMap.
public struct ConfigMap: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// `data`; `binaryData` is not read.
    public var data: [String: String]

    /// Makes a ConfigMap from its parts.
    public init(metadata: ObjectMeta, data: [String: String]) {
        self.metadata = metadata
        self.data = data
    }
}
