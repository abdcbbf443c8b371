/// What the processes that serve traffic answer to CAs.
public struct ChallengeAnswers: Hashable, Sendable {
    /// Token to key authorization. RFC 8555 §8.3.
    public private(set) var http01: [String: String] = [:]
    /// Name in lower case, or address in its canonical form, to key authorization. RFC 8737 §3, RFC 8738 §6.
    public private(set) var tlsALPN01: [String: String] = [:]

    /// None.
    public init() {}

    subscript(key: ChallengeKey) -> String? {
        get {
            switch key {
            case .http01(let token): http01[token]
            case .tlsALPN01(let host): tlsALPN01[host]
            }
        }
        set {
            switch key {
            case .http01(let token): http01[token] = newValue
            case .tlsALPN01(let host): tlsALPN01[host] = newValue
            }
        }
    }

    /// These, and the others, which win.
    func merging(_ others: ChallengeAnswers) -> ChallengeAnswers {
        var merged = self
        merged.http01.merge(others.http01) { $1 }
        merged.tlsALPN01.merge(others.tlsALPN01) { $1 }
        return merged
    }
}
