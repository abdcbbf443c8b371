internal import Core

/// What an alert is about.
public struct AlertSubject: Codable, Hashable, Sendable {
    /// `Secret`, `Issuer` or `ClusterIssuer`; `certctl` for the program itself.
    public var kind: String
    /// Empty for what has none.
    public var namespace: String
    /// Its name.
    public var name: String
    /// The host, for what is about one host of several.
    public var host: String?

    /// Makes a subject.
    public init(kind: String, namespace: String, name: String, host: String? = nil) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.host = host
    }

    /// A Secret.
    static func secret(_ name: NamespacedName, host: String? = nil) -> AlertSubject {
        AlertSubject(kind: "Secret", namespace: name.namespace, name: name.name, host: host)
    }

    /// How people call it: `Secret web/shop-tls`.
    var words: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }
}

/// Something that is wrong now, as a rule found it.
public struct AlertCondition: Hashable, Sendable {
    /// Which rule found it.
    public let rule: AlertRule
    /// What it is about.
    public let subject: AlertSubject
    /// How bad it is.
    public let severity: AlertSeverity
    /// One sentence: the object, what is wrong, the next step.
    public let summary: String
    /// More, such as the CA's words; empty for nothing.
    public let details: String

    /// Makes a condition. Its texts become one harmless line each, and are cut.
    public init(_ rule: AlertRule, _ subject: AlertSubject, _ severity: AlertSeverity, _ summary: String, details: String = "") {
        self.rule = rule
        self.subject = subject
        self.severity = severity
        self.summary = summary.oneLine(bytesMax: AlertLimits.summaryBytesMax)
        self.details = details.oneLine(bytesMax: AlertLimits.descriptionBytesMax)
    }

    /// What makes it this alert and no other, by which receivers know it.
    public var labels: AlertLabels { AlertLabels(rule: rule, subject: subject, severity: severity) }
}
