public import ACME
public import PKI

extension FakeCA {
    /// What a URL of the fake is.
    public enum Resource: String, Sendable, CaseIterable {
        /// `GET`.
        case directory
        /// `HEAD`.
        case newNonce
        /// Signed with a key.
        case newAccount
        /// Contacts.
        case account
        /// Makes orders.
        case newOrder
        /// Reads an order.
        case order
        /// Reads an authorization.
        case authorization
        /// Answers a challenge.
        case challenge
        /// Takes the CSR.
        case finalize
        /// A chain.
        case certificate
        /// RFC 9773; `GET`.
        case renewalInfo
        /// RFC 8555 §7.6.
        case revokeCert
        /// RFC 8555 §7.3.5.
        case keyChange

        /// Whether the directory names it.
        var isInDirectory: Bool {
            switch self {
            case .newNonce, .newAccount, .newOrder, .renewalInfo, .revokeCert, .keyChange: true
            case .directory, .account, .order, .authorization, .challenge, .finalize, .certificate: false
            }
        }
    }

    /// What goes wrong with one request.
    public enum Fault: Sendable {
        /// The connection is cut before the request has any effect.
        case cutBefore
        /// The request takes effect, the answer is lost.
        case cutAfter
        /// The request has no effect; this is answered. A fresh nonce is added.
        case answer(ACMEHTTPResponse)
        /// The request takes effect; this much of the body arrives as if it were all.
        case truncate(to: Int)
        /// The request takes effect; the answer says that it is of this type.
        case contentType(String)
        /// The request takes effect; the body is replaced.
        case body([UInt8])
        /// The request takes effect; the field is missing in the answer.
        case without(header: String)
        /// The request takes effect; the field is added to the answer.
        case header(String, String)

        /// An answer with a problem document.
        public static func problem(_ status: Int, _ type: String, _ detail: String = "scripted", retryAfter: String? = nil) -> Fault {
            var headers = [(name: "Content-Type", value: "application/problem+json")]
            if let retryAfter { headers.append((name: "Retry-After", value: retryAfter)) }
            let problem = Problem(type: Problem.typePrefix + type, detail: detail, status: status)
            return .answer(ACMEHTTPResponse(status: status, headers: headers, body: Array(problem.document.utf8)))
        }
    }

    /// What the certificate is like that the CA issues.
    public enum Product: Sendable {
        /// As ordered.
        case right
        /// For another key.
        case otherKey
        /// Already expired.
        case expired
        /// For these names, whatever was ordered. The test lends the certificate's private key, which a CA does not have.
        case names([String], key: @Sendable () -> PrivateKey?)
        /// Valid from two days ahead.
        case notYetValid
        /// Valid for half a minute.
        case tooShort
        /// With the certificate of another CA behind it.
        case brokenChain
    }

    /// How the fake behaves throughout.
    public struct Settings: Sendable {
        /// Share of good nonces that are refused, 0...1.
        public var badNonceRate = 0.0
        /// Seed of the choice; print it when a test fails.
        public var seed: UInt64 = 1
        /// How many reads of an answered authorization still say `pending`.
        public var authorizationPolls = 0
        /// How many reads of a finalized order still say `processing`.
        public var processingPolls = 0
        /// `Retry-After` of pending authorizations and processing orders.
        public var retryAfter: String?
        /// Whether an order reuses what the account proved before.
        public var reusesAuthorizations = false
        /// Whether newOrder answers the pending or ready order for the same names.
        public var reusesOrders = false
        /// Names that fail, and what the CA says then.
        public var failures: [String: Problem] = [:]
        /// Names that fail with one type of challenge, by type and name.
        public var failuresByType: [String: [String: Problem]] = [:]
        /// Names that newOrder refuses, with what is said of each.
        public var rejected: [String: Problem] = [:]
        /// Names that make the order invalid when it is finalized, with what is said of each.
        public var refusedAtFinalize: [String: Problem] = [:]
        /// What stands in front of the path of each resource in the directory: a CA that moves changes it, and the old URLs are unknown.
        public var pathPrefix = ""
        /// Windows of renewal information by certificate identifier; others are unknown.
        public var renewalInfo: [String: String] = [:]
        /// `Retry-After` of renewal information.
        public var renewalInfoRetryAfter: String?
        /// Resources that the directory leaves out.
        public var lacks: Set<Resource> = []
        /// Challenges on offer.
        public var challengeTypes = ["http-01", "dns-01", "tls-alpn-01"]
        /// Customers by key identifier; when not nil, newAccount needs a binding.
        public var externalAccounts: [String: SecretBytes]?
        /// Profiles on offer.
        public var profiles: [String: String]?
        /// What is issued.
        public var product = Product.right
        /// Whether a second chain, from "Fake CA B", is offered next to the one from "Fake CA A".
        public var offersAlternate = false
        /// Certificates that are known to be replaced already.
        public var alreadyReplaced: Set<String> = []

        /// A CA without faults.
        public init() {}
    }

    /// What happened at the CA.
    public struct Counts: Sendable {
        /// Accounts that exist.
        public var accounts = 0
        /// Orders made.
        public var orders = 0
        /// Certificates issued.
        public var certificates = 0
        /// Requests by resource.
        public var requests: [Resource: Int] = [:]
        /// Nonces refused.
        public var badNonces = 0
    }
}
