internal import Core
public import FoundationEssentials
public import Issuance

/// Everything that `certctl status` shows, as one value: what the admin API answers at `/api/v1/status`, and what the command line works out
/// from a state folder when nothing runs.
public struct StatusReport: Sendable, Equatable {
    /// Something in the configuration that is not as its author meant it, and is in force despite it or left out because of it.
    public struct Problem: Codable, Sendable, Hashable {
        /// Where to look: a file with its line, or an object.
        public let subject: String
        /// What is wrong, what was got and what is allowed.
        public let message: String

        /// Makes a problem.
        public init(subject: String, message: String) {
            self.subject = subject
            self.message = message
        }
    }

    /// The version of certctl that made the report.
    public let version: String
    /// When it was made.
    public let at: Date
    /// Whether a server made it; false when it was worked out from the state folder.
    public let isRunning: Bool
    /// A fact for each certificate, sorted by namespace and Secret.
    public let certificates: [CertificateFact]
    /// The processes that serve these certificates, sorted by identity; empty where nothing runs.
    public let replicas: [ReplicaFact]
    /// What is wrong with the manifests, sorted by subject.
    public let problems: [Problem]
    /// Documents of kinds that certctl does not read, counted by kind.
    public let ignoredKinds: [String: Int]

    /// Makes a report; the lists are sorted here.
    public init(
        version: String, at: Date, isRunning: Bool, certificates: [CertificateFact], replicas: [ReplicaFact] = [], problems: [Problem],
        ignoredKinds: [String: Int]
    ) {
        self.version = version
        self.at = at
        self.isRunning = isRunning
        self.certificates = certificates.sorted { $0.secret < $1.secret }
        self.replicas = replicas.sorted { $0.identity < $1.identity }
        self.problems = problems.sorted { ($0.subject, $0.message) < ($1.subject, $1.message) }
        self.ignoredKinds = ignoredKinds
    }

    /// A renewal that has not happened this long after it was due counts as overdue: one hour, as the usual alert on
    /// `renewal_timestamp` does (cert-manager's mixin).
    public static let overdueGrace = Duration.seconds(3600)

    /// Whether an operator has to act: something is wrong with a certificate or with the configuration, or a replica cannot be asked.
    public var needsAttention: Bool {
        certificates.contains { needsAttention($0) } || !problems.isEmpty || replicas.contains { !$0.isReachable }
    }

    /// Whether this certificate is a reason for ``needsAttention``.
    public func needsAttention(_ fact: CertificateFact) -> Bool { concern(about: fact) != nil }
}
