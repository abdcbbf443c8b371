internal import Core

/// Somebody who is told of alerts: a document of kind `AlertReceiver`.
public struct AlertReceiver: Hashable, Sendable {
    /// What is sent.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// The JSON that Alertmanager sends to webhooks, version 4.
        case alertmanager
        /// The JSON that an Alertmanager takes at `/api/v2/alerts`.
        case alertmanagerAPI = "alertmanager-api"
        /// The JSON of an incoming webhook of Slack, or of what is compatible with it.
        case slack
        /// A JSON of our own, `certctl.dev/alerts/v1`.
        case generic
    }

    /// An entry of a Secret in the namespace of cluster resources.
    public struct SecretEntry: Hashable, Sendable {
        /// The Secret.
        public let name: String
        /// The entry.
        public let key: String
    }

    /// Where it listens.
    public enum Address: Hashable, Sendable {
        /// At this URL.
        case url(String)
        /// At the URL in a Secret.
        case secret(SecretEntry)
    }

    /// How we show who we are.
    public enum Authorization: Hashable, Sendable {
        /// Not at all.
        case none
        /// `Authorization: Bearer`.
        case bearer(SecretEntry)
        /// `Authorization: Basic`.
        case basic(username: String, password: SecretEntry)
    }

    /// `metadata.name`.
    public let name: String
    /// The file and the line of the document.
    public let place: String
    /// Where it listens.
    public let address: Address
    /// What is sent.
    public let format: Format
    /// Alerts below this severity are not sent.
    public let severityMin: AlertSeverity
    /// Namespaces whose alerts are sent; nil for all, and those without one.
    public let namespaces: Set<String>?
    /// Labels by which alerts are put together into one notification; empty for all in one.
    public let groupBy: [String]
    /// How long the first notification of a group waits for more alerts.
    public let groupWait: Duration
    /// The least time between two notifications of a group.
    public let groupInterval: Duration
    /// After which time a group that still fires is told again.
    public let repeatInterval: Duration
    /// Whether the end of an alert is told.
    public let sendsResolved: Bool
    /// Labels that are added to each alert, such as the name of the cluster.
    public let labels: [String: String]
    /// How we show who we are.
    public let authorization: Authorization
    /// The key of the signature (HMAC-SHA256); nil for none.
    public let signingKey: SecretEntry?
    /// Roots to trust instead of the system's, PEM; nil for the system's.
    public let caBundle: [UInt8]?
    /// Whether only public addresses are connected to.
    public let publicAddressesOnly: Bool
    /// How long one delivery may take.
    public let timeout: Duration

    /// Where it listens, without the path: that may be a secret.
    var addressShown: String {
        switch address {
        case .url(let url): ReceiverURL.origin(of: url)
        case .secret(let entry): "Secret \(entry.name), \(entry.key)"
        }
    }

    /// Whether the receiver wants alerts like this.
    func wants(_ severity: AlertSeverity, _ subject: AlertSubject) -> Bool {
        severity >= severityMin && namespaces?.contains(subject.namespace) != false
    }
}
