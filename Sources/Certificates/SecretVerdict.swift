public import PKI

/// What the catalog thinks of a Secret that a `tls` section names. Serving, planning and reporting all use this one judgement.
public enum SecretVerdict: Sendable {
    /// It holds a usable pair, which is in force. It may have expired, or not cover every host: see the problems.
    case good(TLSKeyPair)
    /// It cannot be used. `inForce` is the last good content, which is still served.
    case bad(reason: String, inForce: TLSKeyPair?)
    /// It does not exist, or no served Ingress names it. `inForce` as above.
    case missing(inForce: TLSKeyPair?)

    /// The pair that is served for the Secret, whatever its present content.
    public var inForce: TLSKeyPair? {
        switch self {
        case .good(let keyPair): keyPair
        case .bad(_, let keyPair), .missing(let keyPair): keyPair
        }
    }
}
