/// The identity of a namespaced Kubernetes object within its kind. Cluster-scoped objects have an empty namespace.
public struct NamespacedName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `metadata.namespace`; empty for a cluster-scoped object.
    public let namespace: String
    /// `metadata.name`.
    public let name: String

    /// Makes an identity; neither part is checked.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Reads `namespace/name`, the form that the command line and logs use.
    ///
    /// - Returns: nil unless there is exactly one slash with text on both sides.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(namespace: String(parts[0]), name: String(parts[1]))
    }

    /// `namespace/name`, or `name` alone for a cluster-scoped object.
    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// Orders by namespace, then name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
