internal import Core
internal import FoundationEssentials

/// Temporary credentials by what they were made from, for as long as they are good: one per process.
actor TemporaryCredentials {
    private var known: [[String]: AmazonCredentials] = [:]

    /// Those that last a while longer.
    func credentials(_ key: [String], at now: Date) -> AmazonCredentials? {
        guard let found = known[key], let expires = found.expires,
            now < expires.addingTimeInterval(-DNSProvidersLimits.credentialsMargin.seconds)
        else { return nil }
        return found
    }

    /// Keeps new ones, and forgets those that have ended.
    func keep(_ credentials: AmazonCredentials, as key: [String], at now: Date) {
        known = known.filter { ($0.value.expires ?? .distantPast) > now }
        if known.count < DNSProvidersLimits.credentialsMax { known[key] = credentials }
    }
}
