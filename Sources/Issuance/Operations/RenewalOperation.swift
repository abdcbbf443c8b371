/// What `certctl renew` asks for.
public struct RenewalRequest: Codable, Hashable, Sendable {
    /// The Secrets, as `namespace/name`.
    public var secrets: [String]?
    /// Instead: everything that needs a certificate now, failures notwithstanding.
    public var allDue: Bool?

    /// Asks for these.
    public init(secrets: [String]) { self.secrets = secrets }

    /// Asks for everything that is due.
    public static var everythingDue: RenewalRequest {
        var request = RenewalRequest(secrets: [])
        request.secrets = nil
        request.allDue = true
        return request
    }
}

/// What became of a ``RenewalRequest``: one answer for each Secret.
public struct RenewalAnswer: Codable, Hashable, Sendable {
    /// About one Secret.
    public struct Item: Codable, Hashable, Sendable {
        /// The Secret, as `namespace/name`.
        public var secret: String
        /// What was known about it when the renewal began: whoever waits compares with this. Nil when it did not begin.
        public var before: CertificateFact?
        /// Why it did not begin.
        public var failure: OperationFailure?

        /// Makes an answer.
        public init(secret: String, before: CertificateFact? = nil, failure: OperationFailure? = nil) {
            self.secret = secret
            self.before = before
            self.failure = failure
        }
    }

    /// In the order of the request; for everything that is due, sorted.
    public var items: [Item]

    /// Makes an answer.
    public init(items: [Item]) { self.items = items }
}
