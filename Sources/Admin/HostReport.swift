public import FoundationEssentials
public import Issuance

/// The whole story of one host: what the admin API answers at `/api/v1/hosts/HOST`.
public struct HostReport: Codable, Sendable, Equatable {
    /// A rule of an Ingress that requests for the host may meet.
    public struct Rule: Codable, Sendable, Hashable {
        /// `namespace/name` of the Ingress.
        public var ingress: String
        /// The host of the rule: the host itself, a wildcard above it, or `*`.
        public var host: String
        /// The path as the Ingress has it.
        public var path: String
        /// What kind of rule it is: `Exact`, `Prefix` and so on, or a default backend.
        public var kind: String
        /// `namespace/service:port`.
        public var backend: String
        /// Whether requests can be answered: `ok`, or what is missing.
        public var state: String
        /// How many endpoints there are.
        public var endpoints: Int

        /// Makes a rule.
        public init(ingress: String, host: String, path: String, kind: String, backend: String, state: String, endpoints: Int) {
            self.ingress = ingress
            self.host = host
            self.path = path
            self.kind = kind
            self.backend = backend
            self.state = state
            self.endpoints = endpoints
        }
    }

    /// One certificate of a chain.
    public struct ChainCertificate: Codable, Sendable, Hashable {
        /// The subject on one line, RFC 2253; empty when only the names matter.
        public var subject: String
        /// The issuer on one line, RFC 2253.
        public var issuer: String
        /// Start of the validity.
        public var notBefore: Date
        /// Its end.
        public var notAfter: Date
        /// The key in words: `ECDSA P-256`.
        public var key: String
        /// Serial number, lower-case hex.
        public var serialNumber: String
        /// SHA-256, lower-case hex.
        public var fingerprint: String

        /// Makes one.
        public init(
            subject: String, issuer: String, notBefore: Date, notAfter: Date, key: String, serialNumber: String, fingerprint: String
        ) {
            self.subject = subject
            self.issuer = issuer
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.key = key
            self.serialNumber = serialNumber
            self.fingerprint = fingerprint
        }
    }

    /// A certificate for the host, and everything about it.
    public struct Certificate: Codable, Sendable, Hashable {
        /// What is known.
        public var fact: CertificateFact
        /// What the Secret holds, the leaf first; empty when it holds nothing usable.
        public var chain: [ChainCertificate]

        /// Makes one.
        public init(fact: CertificateFact, chain: [ChainCertificate]) {
            self.fact = fact
            self.chain = chain
        }
    }

    /// Something that happened: an Event of the cluster, or what the process remembers.
    public struct Event: Codable, Sendable, Hashable {
        /// When it happened last.
        public var at: Date
        /// `Normal` or `Warning`.
        public var type: String
        /// One word: `CertificateIssued`, `failed`.
        public var reason: String
        /// What it is about: `Ingress web/shop`.
        public var object: String
        /// One sentence.
        public var message: String
        /// How often it happened.
        public var count: Int

        /// Makes one.
        public init(at: Date, type: String, reason: String, object: String, message: String, count: Int = 1) {
            self.at = at
            self.type = type
            self.reason = reason
            self.object = object
            self.message = message
            self.count = count
        }
    }

    /// The host, in lower case.
    public var host: String
    /// The version of certctl that made the report.
    public var version: String
    /// When it was made.
    public var at: Date
    /// Whether a server made it.
    public var isRunning: Bool
    /// The rules, in the order in which they are tried.
    public var rules: [Rule]
    /// The certificates that are asked for, have the host's name, or are served for it; usually one.
    public var certificates: [Certificate]
    /// `namespace/name` of the Secret whose certificate visitors get; nil for a placeholder, and where nothing is served.
    public var servedSecret: String?
    /// What is wrong with the Ingresses, Secrets and Certificates concerned.
    public var problems: [StatusReport.Problem]
    /// The processes that serve.
    public var replicas: [ReplicaFact]
    /// What happened last, newest first; at most ``eventsMax``.
    public var recentEvents: [Event]
    /// Why there are no events, or not all; nil when all could be read.
    public var eventsProblem: String?

    /// As many as tell how it came to this.
    public static let eventsMax = 20

    /// Makes a report.
    public init(
        host: String, version: String, at: Date, isRunning: Bool, rules: [Rule] = [], certificates: [Certificate] = [],
        servedSecret: String? = nil, problems: [StatusReport.Problem] = [], replicas: [ReplicaFact] = [], recentEvents: [Event] = [],
        eventsProblem: String? = nil
    ) {
        self.host = host
        self.version = version
        self.at = at
        self.isRunning = isRunning
        self.rules = rules
        self.certificates = certificates
        self.servedSecret = servedSecret
        self.problems = problems
        self.replicas = replicas
        self.recentEvents = recentEvents
        self.eventsProblem = eventsProblem
    }
}
