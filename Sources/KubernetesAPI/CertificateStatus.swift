public import FoundationEssentials

/// `status` of a Certificate, as far as certctl writes it. Times have whole seconds.
public struct CertificateStatus: Hashable, Sendable {
    /// `Ready`, `Issuing` and whatever others write, in document order.
    public var conditions: [ObjectCondition]
    /// When the last failed attempt ended; nil after a success.
    public var lastFailureTime: Date?
    /// Failures in a row; nil for none.
    public var failedIssuanceAttempts: Int?
    /// Start of the validity of the certificate in the Secret.
    public var notBefore: Date?
    /// Its end.
    public var notAfter: Date?
    /// When its renewal is due.
    public var renewalTime: Date?
    /// How often a certificate was issued; nil before the first time.
    public var revision: Int?

    /// Makes a status from its parts.
    public init(
        conditions: [ObjectCondition] = [], lastFailureTime: Date? = nil, failedIssuanceAttempts: Int? = nil, notBefore: Date? = nil,
        notAfter: Date? = nil, renewalTime: Date? = nil, revision: Int? = nil
    ) {
        self.conditions = conditions
        self.lastFailureTime = lastFailureTime
        self.failedIssuanceAttempts = failedIssuanceAttempts
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.renewalTime = renewalTime
        self.revision = revision
    }

    /// The condition of a type, if there is one.
    public func condition(_ type: String) -> ObjectCondition? { conditions.first { $0.type == type } }
}

/// One element of `status.conditions`.
public struct ObjectCondition: Hashable, Sendable {
    /// `True`, `False` or `Unknown`.
    public enum Status: String, Hashable, Sendable {
        /// It is so.
        case `true` = "True"
        /// It is not.
        case `false` = "False"
        /// Nobody knows.
        case unknown = "Unknown"
    }

    /// What it is about, such as `Ready`.
    public var type: String
    /// Whether it is so.
    public var status: Status
    /// Why, in one word for programs.
    public var reason: String
    /// Why, for people.
    public var message: String
    /// When ``status`` last became another one.
    public var lastTransitionTime: Date?
    /// The `metadata.generation` that was looked at.
    public var observedGeneration: Int?

    /// Makes a condition from its parts.
    public init(
        type: String, status: Status, reason: String = "", message: String = "", lastTransitionTime: Date? = nil,
        observedGeneration: Int? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
        self.observedGeneration = observedGeneration
    }

    /// The condition as it is to be written after `previous`: the time changes only with the status.
    public func following(_ previous: ObjectCondition?, at now: Date) -> ObjectCondition {
        var condition = self
        let isSame = previous?.status == status
        condition.lastTransitionTime = (isSame ? previous?.lastTransitionTime : nil) ?? now.wholeSeconds
        return condition
    }
}

extension Date {
    /// The time without its fraction of a second, as `metav1.Time` has it.
    public var wholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
