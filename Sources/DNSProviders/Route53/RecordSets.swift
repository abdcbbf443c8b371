/// The TXT record sets at one name of a hosted zone, and how to change them by one value.
///
/// Usually there is one. Multivalue answer routing has several, each with an identifier; cert-manager makes those, with a value each.
struct RecordSets: Hashable, Sendable {
    /// One record set as Route 53 shows it.
    struct Set: Hashable, Sendable {
        /// Of multivalue answer routing; nil for simple routing.
        var identifier: String?
        var ttl: Int
        /// With their quotes, as they are.
        var values: [String]
        /// Whether routing, an alias or a health check makes it something that cannot be written back from these parts alone.
        var isForeign = false
    }

    enum Change: Hashable, Sendable {
        case delete(Set)
        case create(Set)
    }

    struct Refusal: Error, Hashable {
        let words: String
    }

    let name: String
    let sets: [Set]

    /// The changes that add a value; none when it is there.
    func adding(_ value: String) throws(Refusal) -> [Change] {
        if sets.contains(where: { $0.has(value) }) { return [] }
        let quoted = "\"\(value)\""
        guard let first = sets.first else {
            return [.create(Set(identifier: nil, ttl: DNSProvidersLimits.ttlSeconds, values: [quoted]))]
        }
        if sets.contains(where: \.isForeign) {
            throw Refusal(
                words: "the TXT record set at \(name) is an alias or is routed by weight, place or health, and cannot be added to")
        }
        if first.identifier != nil {
            // A name has record sets with identifiers or one without.
            return [.create(Set(identifier: quoted, ttl: DNSProvidersLimits.ttlSeconds, values: [quoted]))]
        }
        guard first.values.count < DNSProvidersLimits.valuesMax else {
            throw Refusal(
                words: "the TXT record set at \(name) has \(first.values.count) values; Route 53 takes \(DNSProvidersLimits.valuesMax)")
        }
        var changed = first
        changed.values.append(quoted)
        return [.delete(first), .create(changed)]
    }

    /// The changes that remove a value; none when it is not there.
    func removing(_ value: String) throws(Refusal) -> [Change] {
        var changes: [Change] = []
        for set in sets where set.has(value) {
            if set.isForeign { throw Refusal(words: "the TXT record set at \(name) was changed by somebody and cannot be written back") }
            changes.append(.delete(set))
            var changed = set
            changed.values.removeAll { ProviderAPI.unquoted($0) == value }
            if !changed.values.isEmpty { changes.append(.create(changed)) }
        }
        return changes
    }
}

extension RecordSets.Set {
    fileprivate func has(_ value: String) -> Bool { values.contains { ProviderAPI.unquoted($0) == value } }
}
