public import Core

/// The identity of one object: its kind, namespace and name.
public struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The kind.
    public let kind: ObjectKind
    /// Namespace and name; the namespace of a cluster-scoped object is empty.
    public let name: NamespacedName

    /// Makes an identity; nothing is checked.
    public init(kind: ObjectKind, name: NamespacedName) {
        self.kind = kind
        self.name = name
    }

    /// `Kind namespace/name`.
    public var description: String { "\(kind.rawValue) \(name)" }

    /// Orders by kind, then namespace and name.
    public static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind ? left.name < right.name : left.kind < right.kind
    }
}
