public import Core

/// Whether a CA may issue for a name, by the CAA records in the DNS. RFC 8659, RFC 8657.
public enum CAA {
    /// Who wants to issue what.
    public struct Request: Hashable, Sendable {
        /// The name; a wildcard is one by its `*`.
        public var name: DNSName
        /// `caaIdentities` of the CA's directory, any case. Empty when it does not say.
        public var identities: [String]
        /// The account that orders; nil when there is none yet.
        public var accountURL: String?
        /// How the name is going to be validated, such as `http-01`; nil when not yet known.
        public var validationMethod: String?

        /// Makes a request.
        public init(name: DNSName, identities: [String], accountURL: String? = nil, validationMethod: String? = nil) {
            self.name = name
            self.identities = identities
            self.accountURL = accountURL
            self.validationMethod = validationMethod
        }
    }

    /// The answer, each with a sentence for an operator.
    public enum Verdict: Hashable, Sendable, CustomStringConvertible {
        /// The CA may issue.
        case allowed(String)
        /// The CA must not issue.
        case refused(String)
        /// It cannot be told: the DNS does not answer (a CA then refuses as well), or the CA does not name itself.
        case unknown(String)

        /// The sentence.
        public var description: String {
            switch self {
            case .allowed(let words), .refused(let words), .unknown(let words): words
            }
        }
    }

    /// Climbs from the name to the top and judges the first CAA records on the way. RFC 8659 §3.
    public static func check(_ request: Request, with resolver: DNSResolver) async -> Verdict {
        .unknown("")
    }

    /// Judges the records found at a name. Empty ones allow.
    public static func evaluate(_ records: [CAARecord], at name: DomainName, for request: Request) -> Verdict {
        .unknown("")
    }
}
