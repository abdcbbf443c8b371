internal import Core

/// One limit of a CA: a bucket that holds ``count`` and refills evenly within ``window``.
public struct CALimit: Hashable, Sendable {
    /// What takes one from the bucket.
    public enum Event: String, Hashable, Sendable, CaseIterable {
        /// A new order, whatever becomes of it.
        case orders
        /// A certificate. Taken with the order and given back when that ends without one.
        case certificates
        /// A validation that failed. Orders are held back while none is left.
        case failedValidations
        /// A new account.
        case accounts
    }

    /// What has a bucket of its own.
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        /// Each account.
        case account
        /// Each registered domain (``RegisteredDomain``), whatever the account.
        case registeredDomain
        /// Each set of names, whatever the account.
        case exactSet
        /// Each name at each account.
        case accountAndHost
        /// The address that we come from; there is one bucket.
        case address
    }

    /// Orders that the limit does not concern.
    public enum Exemption: String, Hashable, Sendable, CaseIterable {
        /// They say which certificate they replace. RFC 9773 §5.
        case ariRenewals
        /// The CA has issued for exactly these names before.
        case sameNames
    }

    /// What it is called in messages.
    public var name: String
    /// What it counts.
    public var counts: Event
    /// What has a bucket of its own.
    public var scope: Scope
    /// How many there are in a full bucket.
    public var count: Int
    /// How long an empty one takes to be full again.
    public var window: Duration
    /// Orders that it does not concern.
    public var exemptions: Set<Exemption>
    /// Whether a validation that succeeds fills it. Only of ``Event/failedValidations``.
    public var isResetBySuccess: Bool

    /// Makes a limit.
    public init(
        name: String, counts: Event, scope: Scope, count: Int, window: Duration, exemptions: Set<Exemption> = [],
        isResetBySuccess: Bool = false
    ) {
        self.name = name
        self.counts = counts
        self.scope = scope
        self.count = count
        self.window = window
        self.exemptions = exemptions
        self.isResetBySuccess = isResetBySuccess
    }

    /// How long it takes until there is one more, in seconds.
    var interval: Double { window.seconds / Double(count) }

    /// Whether it concerns an order.
    public func concerns(_ order: OrderIntent) -> Bool {
        !(order.isARIRenewal && exemptions.contains(.ariRenewals)) && !(order.hasSameNames && exemptions.contains(.sameNames))
    }
}
