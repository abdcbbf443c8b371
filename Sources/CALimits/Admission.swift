public import FoundationEssentials

/// Whether an order may be sent.
public enum Admission: Hashable, Sendable {
    /// Now.
    case now
    /// Not before that moment, and this is why.
    case notBefore(Date, Hold)

    /// What holds an order back.
    public struct Hold: Hashable, Sendable {
        /// Whom else it holds back.
        public enum Scope: Hashable, Sendable {
            /// Every order of this account that the limit concerns.
            case account
            /// Every order with a name under this registered domain that the limit concerns.
            case registeredDomain(String)
            /// Only this set of names, or orders with this host.
            case names
        }

        /// Whom else it holds back.
        public let scope: Scope
        /// The limit and its numbers, in one sentence for a person.
        public let reason: String

        /// Makes one.
        public init(scope: Scope, reason: String) {
            self.scope = scope
            self.reason = reason
        }
    }

    /// The later one.
    func later(_ other: Admission) -> Admission {
        switch (self, other) {
        case (.now, _): other
        case (_, .now): self
        case (.notBefore(let mine, _), .notBefore(let theirs, _)): mine < theirs ? other : self
        }
    }
}
