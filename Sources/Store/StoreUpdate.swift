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

    /// Makes an update from its parts.
    public init(objects: ObjectSet, changed: ChangeSet, problems: [StoreProblem] = [], ignoredKinds: [String: Int] = [:]) {
        self.objects = objects
        self.changed = changed
        self.problems = problems
        self.ignoredKinds = ignoredKinds
    }

    /// The update that a reader gets who missed this one before `next`.
    public func merged(with next: StoreUpdate) -> StoreUpdate {
        var merged = next
        merged.changed = changed.merged(with: next.changed)
        return merged
    }
}
