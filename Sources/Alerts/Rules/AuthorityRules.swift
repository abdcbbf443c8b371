internal import Core
internal import FoundationEssentials
internal import Issuance

/// The rules about issuers and their CAs: one alert for each, however many certificates wait.
struct AuthorityRules {
    private let input: AlertInput
    /// What holds certificates back, by the issuer's name in the facts.
    private var waiting: [String: [CertificateFact]] = [:]
    private var unreachable: [String: [CertificateFact]] = [:]
    private let now: Date

    init(_ input: AlertInput) {
        self.input = input
        now = input.now
        for fact in input.certificates {
            guard let issuer = AuthorityRules.key(of: fact) else { continue }
            let isQueued = fact.queuedUntil.map { $0 > input.now } ?? false
            if isQueued || (fact.lastErrorCause == .rateLimited && fact.failures > 0) { waiting[issuer, default: []].append(fact) }
            if fact.lastErrorCause == .unreachable, fact.failures > 0 { unreachable[issuer, default: []].append(fact) }
        }
    }

    var conditions: [AlertCondition] {
        waiting.map { rateLimited(AuthorityRules.subject($0.key), $0.value) }
            + unreachable.map { away(AuthorityRules.subject($0.key), $0.value) }
            + input.issuers.compactMap(notReady)
    }

    static func subject(_ issuer: NamespacedName) -> AlertSubject {
        AlertSubject(kind: issuer.namespace.isEmpty ? "ClusterIssuer" : "Issuer", namespace: issuer.namespace, name: issuer.name)
    }

    /// `Kind/NAMESPACE/NAME` of a certificate's issuer; a namespaced one is of the certificate's own namespace.
    private static func key(of fact: CertificateFact) -> String? {
        guard let issuer = fact.issuer else { return nil }
        let parts = issuer.split(separator: "/")
        guard parts.count >= 2, let kind = parts.first, let name = parts.last else { return nil }
        return "\(kind)/\(kind == "ClusterIssuer" ? "" : fact.namespace)/\(name)"
    }

    private static func subject(_ key: String) -> AlertSubject {
        let parts = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return AlertSubject(kind: String(parts[0]), namespace: String(parts[1]), name: String(parts[2]))
    }

    /// That orders wait is no harm by itself; it is when a certificate ends meanwhile, or there is none.
    private func rateLimited(_ subject: AlertSubject, _ facts: [CertificateFact]) -> AlertCondition {
        let until = facts.compactMap { $0.queuedUntil ?? $0.nextAttempt }.max() ?? now
        let isUrgent = facts.contains { fact in
            guard let start = fact.notBefore, let end = fact.notAfter else { return true }
            return end.timeIntervalSince(fact.queuedUntil ?? fact.nextAttempt ?? now) < end.timeIntervalSince(start) / 6
        }
        let reason = facts.compactMap { $0.queueReason ?? $0.lastError }.first ?? ""
        let next = isUrgent ? "ask the CA for more, use another issuer, or ask for fewer names" : "nothing needs doing, they get their turn"
        return AlertCondition(
            .rateLimited, subject, isUrgent ? .warning : .info,
            "the limits of the CA of \(subject.words) hold \(count(facts)) back until \(AlertTime.text(until)); \(next)", details: reason)
    }

    private func away(_ subject: AlertSubject, _ facts: [CertificateFact]) -> AlertCondition {
        let end = facts.compactMap(\.notAfter).min()
        let outlook = end.map { $0 > now ? ", the first of which ends in \(AlertTime.words($0.timeIntervalSince(now)))" : "" } ?? ""
        return AlertCondition(
            .unreachable, subject, .warning,
            "the CA of \(subject.words) does not answer, so \(count(facts))\(outlook) cannot be issued; check the way to it (DNS, proxy, "
                + "firewall) and its status page", details: facts.compactMap(\.lastError).first ?? "")
    }

    private func notReady(_ fact: IssuerFact) -> AlertCondition? {
        let subject = AuthorityRules.subject(fact.issuer)
        let next = "mend it: nothing can be issued with this issuer until then"
        switch fact.readiness {
        case .accountRegistered, .unknown, .keyPairVerified, .ready: return nil
        case .accountFailed(let why):
            // That the CA is away or limits us is another alert.
            let key = "\(subject.kind)/\(subject.namespace)/\(subject.name)"
            guard waiting[key] == nil, unreachable[key] == nil else { return nil }
            return AlertCondition(.issuerNotReady, subject, .critical, "\(subject.words) has no usable ACME account; \(next)", details: why)
        case .keyPairMissing(let why):
            return AlertCondition(
                .issuerNotReady, subject, .critical, "the CA key pair of \(subject.words) is missing; \(next)", details: why)
        case .keyPairInvalid(let why):
            return AlertCondition(
                .issuerNotReady, subject, .critical, "the CA key pair of \(subject.words) cannot be used; \(next)", details: why)
        }
    }

    private func count(_ facts: [CertificateFact]) -> String { facts.count == 1 ? "1 certificate" : "\(facts.count) certificates" }
}
