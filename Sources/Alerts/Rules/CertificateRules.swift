internal import Core
internal import FoundationEssentials
internal import Issuance

/// The rules about one certificate.
struct CertificateRules {
    private let fact: CertificateFact
    private let now: Date
    private let subject: AlertSubject

    init(_ fact: CertificateFact, now: Date) {
        self.fact = fact
        self.now = now
        subject = .secret(fact.secret)
    }

    var conditions: [AlertCondition] {
        [expiry, failing, uncovered, invalid, denied, revoked, served].compactMap { $0 }
    }

    /// Whether certctl renews it.
    private var isOurs: Bool { fact.renewAt != nil }

    private var lifetime: TimeInterval? {
        guard let start = fact.notBefore, let end = fact.notAfter, end > start else { return nil }
        return end.timeIntervalSince(start)
    }

    /// `Secret web/tls (a.example and 2 more)`.
    private var name: String {
        let hosts = fact.hosts
        guard let first = hosts.first else { return subject.words }
        return "\(subject.words) (\(hosts.count > 1 ? "\(first) and \(hosts.count - 1) more" : first))"
    }

    // MARK: Its end

    private var expiry: AlertCondition? {
        guard let end = fact.notAfter, fact.state != .placeholder else { return nil }
        let left = end.timeIntervalSince(now)
        if left <= 0 { return expiry(.expired, .critical, "the certificate of \(name) ended \(ago(end)) ago") }
        guard let lifetime else { return nil }
        let since = fact.renewAt.map { now.timeIntervalSince($0) } ?? 0
        let isOverdue = isOurs && since > lifetime * AlertLimits.overdueFraction
        let words = "the certificate of \(name) ends in \(ahead(end))"
        if left < lifetime / 20 { return expiry(.expiringTwentieth, .critical, "\(words), with less than 1/20 of its lifetime left") }
        if left < lifetime / 6 { return expiry(.expiringSixth, .warning, "\(words), with less than 1/6 of its lifetime left") }
        guard isOverdue, let renewAt = fact.renewAt else { return nil }
        if left < lifetime / 3 {
            return expiry(.expiringThird, .warning, "\(words) and should have been renewed \(ago(renewAt)) ago")
        }
        return expiry(
            .renewalOverdue, .warning, "the renewal of \(name) is overdue since \(ago(renewAt)); the certificate ends in \(ahead(end))")
    }

    private func expiry(_ rule: AlertRule, _ severity: AlertSeverity, _ words: String) -> AlertCondition {
        AlertCondition(rule, subject, severity, "\(words); \(nextStep)", details: reason)
    }

    // MARK: Its issuing

    /// CAs that are away and limits are told once for each issuer, and what policies forbid is not a failure.
    private var failing: AlertCondition? {
        guard fact.failures >= AlertLimits.failuresMin, fact.policy == nil, fact.lastErrorCause != .unreachable,
            fact.lastErrorCause != .rateLimited
        else { return nil }
        let isServed = fact.notAfter.map { $0 > now } ?? false
        let outlook = isServed ? "the present certificate ends in \(fact.notAfter.map(ahead) ?? "?")" : "there is no valid certificate"
        return AlertCondition(
            .issuanceFailing, subject, isServed ? .warning : .critical,
            "issuing the certificate of \(name) failed \(fact.failures) times in a row, and \(outlook); \(nextStep)", details: reason)
    }

    private var denied: AlertCondition? {
        guard let policy = fact.policy else { return nil }
        return AlertCondition(
            .policyDenied, subject, .warning,
            "policies do not allow the certificate of \(name); \(nextStep)", details: policy)
    }

    // MARK: What is there

    private var uncovered: AlertCondition? {
        guard let hosts = fact.uncoveredHosts, let first = hosts.first, fact.state == .foreign || fact.state == .blocked else { return nil }
        let words = hosts.count > 1 ? "\(first) and \(hosts.count - 1) more" : first
        return AlertCondition(
            .hostNotCovered, subject, .warning, "the certificate in \(subject.words) does not cover \(words); \(nextStep)",
            details: fact.ingresses.isEmpty ? "" : "named by Ingress \(fact.ingresses.joined(separator: ", "))")
    }

    private var invalid: AlertCondition? {
        guard let problem = fact.secretProblem else { return nil }
        return AlertCondition(.secretInvalid, subject, .critical, "\(name) cannot be served; \(nextStep)", details: problem)
    }

    private var revoked: AlertCondition? {
        guard fact.revoked != nil || fact.reason == IssueReason.revoked.rawValue else { return nil }
        let since = fact.revoked.map { " since \(ago($0))" } ?? ""
        let next = fact.state == .foreign ? nextStep : "certctl replaces it as soon as the CA lets it; \(nextStep)"
        return AlertCondition(
            .revoked, subject, .critical, "the certificate of \(name) is revoked\(since); \(next)",
            details: fact.serialNumber.map { "serial number \($0)" } ?? "")
    }

    /// One alert for the Secret, however many replicas there are.
    private var served: AlertCondition? {
        guard let served = fact.served, let first = served.first, let host = fact.hosts.first else { return nil }
        let visitors = fact.hosts.count > 1 ? "\(host) and \(fact.hosts.count - 1) more" : host
        let got = first.fingerprint == nil ? "a self-signed placeholder" : "another certificate"
        let replicas = served.map { entry in
            "replica \(entry.replica) serves \(entry.fingerprint.map { "SHA-256 \($0)" } ?? "a placeholder") since \(AlertTime.text(entry.since))"
        }
        return AlertCondition(
            .servedDiffers, subject, .warning,
            "visitors of \(visitors) get \(got) from \(served.count == 1 ? "replica \(first.replica)" : "\(served.count) replicas") instead of "
                + "the one in \(subject.words); `certctl inspect \(host)` compares them",
            details: (["stored: SHA-256 \(fact.fingerprint ?? "?")"] + replicas).joined(separator: ", "))
    }

    // MARK: Words

    private var nextStep: String {
        if let until = fact.queuedUntil, until > now { return "it waits for its turn at the CA until \(AlertTime.text(until))" }
        if let advice = fact.advice { return advice }
        return isOurs ? "try `certctl renew \(fact.secret)`" : "nobody asks for it any more, so it is not renewed"
    }

    private var reason: String { fact.lastError ?? fact.policy ?? fact.message ?? fact.queueReason ?? "" }

    private func ago(_ date: Date) -> String { AlertTime.words(now.timeIntervalSince(date)) }
    private func ahead(_ date: Date) -> String { AlertTime.words(date.timeIntervalSince(now)) }
}
