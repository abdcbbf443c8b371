public import Manifests

/// `v1` Namespace: what policies know about the namespace of a certificate.
public struct Namespace: Hashable, Sendable {
    /// Identity, labels and annotations; the namespace of the identity is empty.
    public var metadata: ObjectMeta

    /// The label that the API server gives every namespace: its name.
    public static let nameLabel = "kubernetes.io/metadata.name"

    /// Makes a namespace.
    public init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Reads a Namespace.
    public init(from root: Node) throws(ManifestError) {
        self.init(metadata: try ObjectMeta(fromRoot: root, isClusterScoped: true))
    }

    /// `metadata.labels`, and ``nameLabel`` whatever they say about it.
    public var labels: [String: String] { Namespace.labels(of: metadata.name, metadata.labels) }

    /// The labels of a namespace of this name that has these.
    public static func labels(of name: String, _ labels: [String: String] = [:]) -> [String: String] {
        labels.merging([nameLabel: name]) { $1 }
    }
}
