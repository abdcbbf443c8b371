/// The placeholders made last, at most ``CertificateLimits/placeholdersMax``.
struct PlaceholderCache {
    private var credentials: [String: Credential] = [:]
    /// Patterns in the order they were made, as a ring once it is full; `oldest` is the next to be forgotten.
    private var order: [String] = []
    private var oldest = 0

    var count: Int { credentials.count }

    subscript(pattern: String) -> Credential? { credentials[pattern] }

    /// - Returns: what the cache holds for the pattern now: the credential, or the one that was there before it.
    mutating func insert(_ credential: Credential, for pattern: String) -> Credential {
        if let known = credentials[pattern] { return known }
        if order.count < CertificateLimits.placeholdersMax {
            order.append(pattern)
        } else {
            credentials[order[oldest]] = nil
            order[oldest] = pattern
            oldest = (oldest + 1) % CertificateLimits.placeholdersMax
        }
        credentials[pattern] = credential
        return credential
    }
}
