/// What one of our own Secrets is for; the value of the label `certctl.dev/role`.
public enum SecretRole: String, Sendable {
    /// A key pair that an Ingress names.
    case certificate
    /// An ACME account key.
    case account
    /// The pending order and the failures of one certificate.
    case order
    /// What is spent of a CA's limits.
    case budget
    /// Alerts, and who was told of them.
    case alerts
    /// What somebody at a command line asks the leader to do, and its answer.
    case operation
    /// An http-01 token that may be asked for right now.
    case http01
    /// A tls-alpn-01 challenge that may be looked for right now.
    case tlsALPN01 = "tlsalpn01"

    /// What every process that serves traffic has to know.
    public static let challenges: Set<SecretRole> = [.http01, .tlsALPN01]

    /// Whether it is one of ``challenges``.
    public var isChallenge: Bool { SecretRole.challenges.contains(self) }

    /// The role of a Secret; nil when it is not ours.
    public init?(of secret: Secret) { self.init(labels: secret.metadata.labels) }

    /// The role of a Secret with these labels; nil when it is not ours.
    public init?(labels: [String: String]) {
        guard OwnLabels.isOurs(labels) else { return nil }
        self.init(rawValue: labels[OwnLabels.role] ?? "")
    }

    /// The labels of a Secret with this role.
    public var labels: [String: String] { [OwnLabels.managedBy: OwnLabels.certctl, OwnLabels.role: rawValue] }
}
