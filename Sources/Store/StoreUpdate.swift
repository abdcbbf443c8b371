public import KubernetesAPI

/// The objects as they are, and what changed since the previous element of the same stream.
public struct StoreUpdate: Sendable {
    /// Every object.
    public var objects: ObjectSet
    /// What changed; everything in the first element.
    public var changed: ChangeSet
    /// What is wrong now, sorted by file and line.
    public var problems: [StoreProblem]
    /// How many documents of which other kinds there are: `Deployment.apps` -> 3.
    public var ignoredKinds: [String: Int]
    /// Kinds that are looked for and of which nobody knows yet what there is: the API server has not said so, or may not be asked. That
    /// there is no object of such a kind means nothing.
    public var unknownKinds: Set<ObjectKind>

    /// Makes an update from its parts.
    public init(
        objects: ObjectSet, changed: ChangeSet, problems: [StoreProblem] = [], ignoredKinds: [String: Int] = [:],
        unknownKinds: Set<ObjectKind> = []
    ) {
        self.objects = objects
        self.changed = changed
        self.problems = problems
        self.ignoredKinds = ignoredKinds
        self.unknownKinds = unknownKinds
    }

    /// The update that a reader gets who missed this one before `next`.
    public func merged(with next: StoreUpdate) -> StoreUpdate {
        var merged = next
        merged.changed = changed.merged(with: next.changed)
        return merged
    }
}
