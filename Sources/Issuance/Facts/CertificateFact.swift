public import Core
public import FoundationEssentials

/// What is known about one certificate that a served Ingress or a Certificate names: the one list behind `certctl status`, metrics and alerts.
///
/// Its JSON form (lowerCamelCase, absent fields left out) is what the admin API and `certctl status -o json` print.
public struct CertificateFact: Codable, Hashable, Sendable {
    /// Where a certificate stands.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Usable, covers its names, and nothing needs doing.
        case valid
        /// Waits for its turn; no attempt has failed.
        case pending
        /// An order is under way.
        case issuing
        /// The last attempt failed; ``CertificateFact/lastError`` says why, ``CertificateFact/nextAttempt`` when it goes on. What
        /// was there before is still served.
        case failing
        /// The certificate in the Secret is past its end, whatever is being done about it.
        case expired
        /// Nothing can be attempted: the issuer is missing or not ready, or the Ingress contradicts itself.
        case blocked
        /// Somebody else's Secret. Never written; ``CertificateFact/message`` names what is wrong with it, if anything is.
        case foreign
        /// There is no Secret and nobody asked for a certificate: a self-signed placeholder is served.
        case placeholder
    }

    /// Namespace of the Secret.
    public var namespace: String
    /// Name of the Secret.
    public var secretName: String
    /// The names asked for: DNS names, then IP addresses, sorted.
    public var hosts: [String]
    /// The Ingresses that name the Secret, as `namespace/name`, sorted.
    public var ingresses: [String]
    /// The Certificate object that stands for it, as `namespace/name`; nil without one.
    public var certificate: String?
    /// `Kind/NAME` of the issuer, or nil when none was chosen.
    public var issuer: String?
    /// Where it stands.
    public var state: State
    /// Why an issue is needed, in cert-manager's words (``IssueReason``), or nil when it is not.
    public var reason: String?
    /// One sentence for a person: what blocks it, what is wrong with a foreign Secret. Nil when there is nothing to say.
    public var message: String?

    /// Start of the validity of the certificate in the Secret.
    public var notBefore: Date?
    /// Its end.
    public var notAfter: Date?
    /// When its renewal is due; nil when it is not ours to renew.
    public var renewAt: Date?
    /// Serial number of the certificate in the Secret, lower-case hex.
    public var serialNumber: String?
    /// SHA-256 of the certificate in the Secret, lower-case hex.
    public var fingerprint: String?

    /// Its key in words: `ECDSA P-256`.
    public var keyAlgorithm: String?
    /// The CA that signed it: the common name of the certificate's issuer, or the whole name where it has none.
    public var certificateIssuer: String?
    /// How much of its lifetime is left, from 1 at its start to 0 at its end; nil without a certificate.
    public var lifetimeLeft: Double?
    /// What is wrong with the chain in the Secret, a sentence each; nil when nothing is.
    public var chainProblems: [String]?
    /// Why it is renewed at ``renewAt``, or what it waits for.
    public var renewReason: String?

    /// Names asked for that the certificate in the Secret does not cover, sorted; nil when it covers all, and when there is none.
    public var uncoveredHosts: [String]?
    /// Why what the Secret holds cannot be served; nil when it can, and when it holds nothing.
    public var secretProblem: String?

    /// `Kind/NAME` of the issuer that the certificate in the Secret came from, when that is not ``issuer``: one of its fallbacks.
    public var issuedBy: String?
    /// When the CA would like it to be renewed. RFC 9773 §4.2.
    public var renewalWindow: RenewalWindow?
    /// Since when it is known to be revoked.
    public var revoked: Date?
    /// Signed certificate timestamps in the certificate. RFC 6962 §3.3. Nil when that was not looked at.
    public var certificateTimestamps: Int?
    /// Names that the certificate was issued without, with the CA's words (`certctl.dev/partial`).
    public var leftOut: [LeftOutName]?
    /// What is worth knowing although nothing failed: a CAA record that could not be looked up, a fallback that was used.
    public var notices: [String]?

    /// When its turn comes, while a limit of the CA's holds it back.
    public var queuedUntil: Date?
    /// Which limit that is.
    public var queueReason: String?
    /// Why policies do not allow what is to be issued, in one line; nil when they do, and while nothing is to be issued.
    public var policy: String?

    /// When this process wrote the certificate that is there; nil when it was there before.
    public var issued: Date?
    /// Why it did, in the words of ``reason``.
    public var issuedReason: String?

    /// Failures in a row.
    public var failures: Int
    /// When the first of them happened.
    public var firstFailure: Date?
    /// When the last of them happened.
    public var lastFailure: Date?
    /// What the last of them was, in the CA's words.
    public var lastError: String?
    /// What kind of failure it was; nil when that is not known.
    public var lastErrorCause: FailureCause?
    /// The one name that it was about; nil for all, and when that is not known.
    public var lastErrorName: String?
    /// When the next attempt is due.
    public var nextAttempt: Date?

    /// How far the order is, while there is one.
    public var order: OrderProgress?
    /// The replicas that give visitors something else than what is stored; nil when none does, as far as they could be asked.
    public var served: [ServedCertificate]?
    /// What to do next, in one sentence; nil when nothing needs doing.
    public var advice: String?

    /// Makes a fact of which only the identity and the state are known.
    public init(
        namespace: String, secretName: String, hosts: [String], ingresses: [String] = [], state: State, failures: Int = 0
    ) {
        self.namespace = namespace
        self.secretName = secretName
        self.hosts = hosts
        self.ingresses = ingresses
        self.state = state
        self.failures = failures
    }

    /// The Secret.
    public var secret: NamespacedName { NamespacedName(namespace: namespace, name: secretName) }
}
