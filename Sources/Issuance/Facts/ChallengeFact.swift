/// A challenge of an order that is under way.
public struct ChallengeFact: Hashable, Sendable {
    /// Where it stands, in the words that cert-manager's Challenges have.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It is being put where the CA looks.
        case pending
        /// It is there, and the CA is told to look.
        case processing
        /// It could not be put there.
        case errored
    }

    /// Namespace of the Secret that the certificate is for.
    public let namespace: String
    /// Its name.
    public let secretName: String
    /// The name that is proved, with `*.` for a wildcard.
    public let domain: String
    /// `http-01`, `tls-alpn-01`, `dns-01` or `dns-persist-01`.
    public let type: String
    /// Where it stands.
    public internal(set) var state: State
    /// Why it could not be put there; empty when it could.
    public internal(set) var reason: String
}
