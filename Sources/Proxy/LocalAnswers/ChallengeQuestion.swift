/// Finds the key authorization of a http-01 token that was not published; nil when there is none, or when that cannot be told. May take
/// its time; should end early when its task is cancelled.
public typealias HTTP01Lookup = @Sendable (_ token: String) async -> String?

/// Finds the key authorization of a tls-alpn-01 challenge that was not published, as ``HTTP01Lookup`` does.
///
/// Its parameter is the ACME identifier: a DNS name in lower-case A-labels, or the canonical text of an IP address.
public typealias TLSALPN01Lookup = @Sendable (_ identifier: String) async -> String?

/// What a CA asks and a loop cannot answer from what was published.
enum ChallengeQuestion: Hashable, Sendable {
    /// By token. RFC 8555 §8.3.
    case http01(token: String)
    /// By identifier. RFC 8737 §3.
    case tlsALPN01(identifier: String)

    /// Asks whoever can know.
    func answer(_ http01: HTTP01Lookup?, _ tlsALPN01: TLSALPN01Lookup?) async -> String? {
        switch self {
        case .http01(let token): await http01?(token)
        case .tlsALPN01(let identifier): await tlsALPN01?(identifier)
        }
    }
}
