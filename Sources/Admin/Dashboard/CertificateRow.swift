internal import Core
internal import FoundationEssentials
internal import Issuance

/// A certificate as the page shows it. Times are seconds since 1970: how much is left of a lifetime is worked out where it is shown, since a
/// number that changes by itself would be news all the time.
struct CertificateRow: Encodable, Hashable {
    var secret: String
    var hosts: [String]
    var hostsOmitted: Int?
    var ingresses: [String]
    var certificate: String?
    var state: String
    /// Why an operator has to look at it; nil for no reason.
    var concern: String?
    /// What to do next.
    var advice: String?
    var issuer: String?
    var issuedBy: String?
    var certificateIssuer: String?
    var keyAlgorithm: String?
    var chainProblems: [String]?
    var reason: String?
    var message: String?
    var notBefore: Int?
    var notAfter: Int?
    var renewAt: Int?
    var renewReason: String?
    var serialNumber: String?
    var fingerprint: String?
    var uncoveredHosts: [String]?
    var secretProblem: String?
    var revoked: Int?
    var leftOut: [String]?
    var notices: [String]?
    var queuedUntil: Int?
    var queueReason: String?
    var policy: String?
    var failures: Int
    var lastFailure: Int?
    var lastError: String?
    var lastErrorName: String?
    var nextAttempt: Int?
    /// A step of the order that is under way, each.
    var order: [String]?
    /// A replica that serves something else, each.
    var served: [String]?

    init(_ fact: CertificateFact, concern: StatusReport.Concern?) {
        secret = fact.secret.description
        hosts = Self.cut(fact.hosts)
        hostsOmitted = fact.hosts.count > DashboardLimits.namesMax ? fact.hosts.count - DashboardLimits.namesMax : nil
        ingresses = Self.cut(fact.ingresses)
        certificate = fact.certificate
        state = fact.state.rawValue
        self.concern = concern?.rawValue
        advice = fact.advice.map(Self.cut)
        issuer = fact.issuer
        issuedBy = fact.issuedBy
        certificateIssuer = fact.certificateIssuer.map(Self.cut)
        keyAlgorithm = fact.keyAlgorithm
        chainProblems = fact.chainProblems.map(Self.cut)
        reason = fact.reason
        message = fact.message.map(Self.cut)
        notBefore = fact.notBefore.map(Self.seconds)
        notAfter = fact.notAfter.map(Self.seconds)
        renewAt = fact.renewAt.map(Self.seconds)
        renewReason = fact.renewReason.map(Self.cut)
        serialNumber = fact.serialNumber
        fingerprint = fact.fingerprint
        uncoveredHosts = fact.uncoveredHosts.map(Self.cut)
        secretProblem = fact.secretProblem.map(Self.cut)
        revoked = fact.revoked.map(Self.seconds)
        leftOut = fact.leftOut.map { Self.cut($0.map { "\($0.name): \($0.problem)" }) }
        notices = fact.notices.map(Self.cut)
        queuedUntil = fact.queuedUntil.map(Self.seconds)
        queueReason = fact.queueReason.map(Self.cut)
        policy = fact.policy.map(Self.cut)
        failures = fact.failures
        lastFailure = fact.lastFailure.map(Self.seconds)
        lastError = fact.lastError.map(Self.cut)
        lastErrorName = fact.lastErrorName
        nextAttempt = fact.nextAttempt.map(Self.seconds)
        order = fact.order.map { Self.cut($0.steps.map(Self.words)) }
        served = fact.served.map { Self.cut($0.map { "\($0.replica): \($0.fingerprint ?? "a self-signed placeholder")" }) }
    }

    /// The worst first, for choosing which are left out of a fleet that is too large.
    static func isWorse(_ left: CertificateRow, _ right: CertificateRow) -> Bool {
        if (left.concern == nil) != (right.concern == nil) { return left.concern != nil }
        return (left.notAfter ?? .max, left.secret) < (right.notAfter ?? .max, right.secret)
    }

    private static func words(_ step: OrderProgress.Step) -> String {
        [step.kind.rawValue, step.name, step.state.rawValue, step.detail].compactMap { $0 }.joined(separator: ", ")
    }

    static func seconds(_ date: Date) -> Int { Int(exactly: date.timeIntervalSince1970.rounded()) ?? 0 }

    static func cut(_ text: String) -> String {
        text.count > DashboardLimits.textMax ? text.prefix(DashboardLimits.textMax) + "…" : text
    }

    static func cut(_ list: [String]) -> [String] { list.prefix(DashboardLimits.namesMax).map { cut($0) } }
}
