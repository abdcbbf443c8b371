public import Core
public import FoundationEssentials

/// The part of `metadata` that certctl uses. `managedFields`, owner references and finalizers are dropped when reading.
public struct ObjectMeta: Hashable, Sendable {
    /// Namespace and name. In a folder a missing namespace means `default`; cluster-scoped kinds have an empty one.
    public var id: NamespacedName
    /// `metadata.uid`; nil in a folder unless the document gives one.
    public var uid: String?
    /// `metadata.labels`.
    public var labels: [String: String]
    /// `metadata.annotations`.
    public var annotations: [String: String]
    /// `metadata.creationTimestamp`; nil in a folder unless the document gives one.
    public var creationTimestamp: Date?
    /// `metadata.deletionTimestamp`: the object is on its way out.
    public var deletionTimestamp: Date?
    /// Opaque version of the stored object, for ``WriteCondition``; nil when the source has none.
    public var resourceVersion: String?
    /// `metadata.generation`; 0 when absent.
    public var generation: Int

    /// `metadata.namespace`; empty for a cluster-scoped object.
    public var namespace: String { id.namespace }
    /// `metadata.name`.
    public var name: String { id.name }

    /// Makes metadata from its parts.
    public init(
        id: NamespacedName, uid: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:],
        creationTimestamp: Date? = nil, deletionTimestamp: Date? = nil, resourceVersion: String? = nil, generation: Int = 0
    ) {
        self.id = id
        self.uid = uid
        self.labels = labels
        self.annotations = annotations
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
        self.resourceVersion = resourceVersion
        self.generation = generation
    }

    /// Makes metadata with a namespace and a name.
    public init(namespace: String, name: String, labels: [String: String] = [:], annotations: [String: String] = [:]) {
        self.init(id: NamespacedName(namespace: namespace, name: name), labels: labels, annotations: annotations)
    }

    /// Whether `self` goes before `other` when two objects compete: the older one, one without a timestamp after those
    /// with one, and for equal age the smaller namespace and name. Stable: never a tie between different objects.
    public func precedes(_ other: ObjectMeta) -> Bool {
        switch (creationTimestamp, other.creationTimestamp) {
        case (let mine?, let theirs?) where mine != theirs: mine < theirs
        case (.some, nil): true
        case (nil, .some): false
        case (.some, .some), (nil, nil): id < other.id
        }
    }
}
