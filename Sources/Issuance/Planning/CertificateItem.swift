public import Core
public import FoundationEssentials

/// One Secret of the plan: what is wanted, what is there, and what is to be done now.
public struct CertificateItem: Hashable, Sendable {
    /// What is to be done.
    public enum Work: Hashable, Sendable {
        /// Nothing, until that moment if there is one.
        case none(until: Date?)
        /// A certificate is to be issued now.
        case due(IssueReason)
        /// A certificate is to be issued, but not before that moment.
        case backingOff(IssueReason, until: Date)
        /// A certificate is wanted and cannot be asked for; any change of the objects may free it.
        case blocked(IssueReason?, String)
    }

    /// What is wanted.
    public var desired: DesiredCertificate
    /// What is there.
    public var target: TargetSecret
    /// What is to be done.
    public var work: Work
    /// When the certificate is due for renewal; nil when it is not ours.
    public var renewAt: Date?
    /// What says so.
    var renewalRule: RenewalRule?
    /// When the CA would like it to be renewed. RFC 9773 §4.2.
    public var renewalWindow: RenewalWindow?
    /// The row of failures that ended the last attempts at exactly this, or nil.
    public var failure: FailureRecord?
    /// Whether an order is recorded, running or to be resumed.
    public var hasPendingOrder = false
    /// Whether that order is the only reason for an attempt: it is finished if it still fits, and dropped otherwise.
    public var isLeftover = false
    /// Why policies refuse what is to be issued, when they do.
    public var policyDenial: String?
    /// How far the order is, as it is recorded.
    var progress: OrderProgress?
    /// What to do about what blocks it, where that is known better than by its state.
    var advice: String?
    /// What is asked for and from whom, as a hash: names, key, issuer and the parts of its spec that matter. Empty when blocked.
    public var fingerprint = ""
    /// The directory of the CA that is asked; nil when the issuer is none of that kind, or when nothing is to be asked for.
    package var directory: String?
    /// Whether others are asked when that one fails.
    var hasFallback = false
    /// Whether somebody asked for it, whatever failed before.
    var isForced = false
    /// What would be ordered, and where; nil when nothing would: no ACME issuer, or an order is under way already.
    package var order: PlannedOrder?

    /// The Secret.
    public var secret: NamespacedName { desired.secret }

    /// Why a certificate is needed, or nil when it is not.
    public var reason: IssueReason? {
        switch work {
        case .none: nil
        case .due(let reason), .backingOff(let reason, _): reason
        case .blocked(let reason, _): reason
        }
    }

    /// The moment at which the plan for this Secret changes by itself, or nil.
    public var nextChange: Date? {
        switch work {
        case .none(let until): until
        case .backingOff(_, let until): until
        case .due, .blocked: nil
        }
    }
}

/// The order in which due certificates of one namespace and registered domain get their turn: what expires first comes first, then what
/// has none yet. Among those the ones that failed least often, then by name, so that a few hopeless names cannot starve the rest.
struct WorkOrder: Comparable, Sendable {
    private let notAfter: Date
    private let failures: Int
    let secret: NamespacedName

    init(_ item: CertificateItem) {
        notAfter = item.target.leaf?.notAfter ?? .distantFuture
        failures = item.failure?.count ?? 0
        secret = item.secret
    }

    static func < (left: WorkOrder, right: WorkOrder) -> Bool {
        (left.notAfter, left.failures, left.secret) < (right.notAfter, right.failures, right.secret)
    }
}
