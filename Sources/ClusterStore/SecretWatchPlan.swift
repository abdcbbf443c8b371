internal import Core

/// Decides which watches of Secrets there are to be. Pure.
enum SecretWatchPlan {
    /// - Parameters:
    ///   - references: the names that are needed.
    ///   - previous: what was decided before. A broad watch gives way to narrow ones only when they are few, so that a name that comes
    ///     and goes does not make everything be listed anew.
    static func selections(
        for references: SecretReferences, _ settings: ClusterStoreSettings, previous: Set<SecretSelection>
    ) -> Set<SecretSelection> {
        switch settings.secretsScope {
        case .referenced: return referenced(references, settings, previous).union(own(settings))
        case .namespace:
            // The namespace of the tokens is always among them.
            return Set((Array(references.namespaces.keys) + [settings.resourceNamespace]).map { .namespace($0) })
        case .cluster:
            guard settings.namespaces.isEmpty else {
                return Set((settings.namespaces + [settings.resourceNamespace]).map { .namespace($0) })
            }
            return [.cluster]
        }
    }

    private static func own(_ settings: ClusterStoreSettings) -> Set<SecretSelection> {
        if settings.role == .proxy { return [.tokens(namespace: settings.resourceNamespace)] }
        if settings.namespaces.isEmpty { return [.own(namespace: nil)] }
        return Set((settings.namespaces + [settings.resourceNamespace]).map { .own(namespace: $0) })
    }

    private static func referenced(
        _ references: SecretReferences, _ settings: ClusterStoreSettings, _ previous: Set<SecretSelection>
    ) -> Set<SecretSelection> {
        var wide: Set<String> = []
        for (namespace, count) in references.namespaces {
            let limit = previous.contains(.namespace(namespace)) ? ClusterLimits.namedWatchesMax / 2 : ClusterLimits.namedWatchesMax
            if count > limit { wide.insert(namespace) }
        }
        let named = references.namespaces.reduce(0) { $0 + (wide.contains($1.key) ? 0 : $1.value) }
        let limit = previous.contains(.cluster) ? ClusterLimits.secretWatchesMax / 2 : ClusterLimits.secretWatchesMax
        if named + wide.count > limit {
            guard !settings.namespaces.isEmpty else { return [.cluster] }
            // There is no right to look everywhere, and the namespaces were listed by hand.
            return Set(references.namespaces.keys.map { .namespace($0) })
        }
        var selections = Set(wide.map { SecretSelection.namespace($0) })
        for name in references.names where !wide.contains(name.namespace) { selections.insert(.name(name)) }
        return selections
    }
}
