internal import Core
internal import FoundationEssentials
internal import Issuance

/// What is wrong, by facts alone: a pure function.
///
/// Nothing counts in days: a certificate of six days and one of a year are judged by the part of their lifetime that is left.
public enum AlertRules {
    /// What the rules found.
    public struct Findings: Hashable, Sendable {
        /// What is wrong, the worst first, then by rule and subject.
        public var conditions: [AlertCondition]
        /// Issuers of which it is not known whether they are ready. That nothing is found about them means little.
        public var unknown: Set<AlertSubject>
    }

    /// Applies all rules.
    public static func findings(_ input: AlertInput) -> Findings {
        var found: [AlertCondition] = []
        for fact in input.certificates { found += CertificateRules(fact, now: input.now).conditions }
        found += AuthorityRules(input).conditions
        // Issuers are asked only when somebody needs them; after a restart nobody has been yet.
        let unknown = input.issuers.filter { $0.readiness == .unknown }.map { AuthorityRules.subject($0.issuer) }
        return Findings(conditions: bounded(found.sorted(by: isWorse)), unknown: Set(unknown))
    }

    private static func isWorse(_ left: AlertCondition, _ right: AlertCondition) -> Bool {
        if left.severity != right.severity { return left.severity > right.severity }
        if left.rule != right.rule { return left.rule.rawValue < right.rule.rawValue }
        let (mine, other) = (left.subject, right.subject)
        return (mine.namespace, mine.name, mine.kind, mine.host ?? "") < (other.namespace, other.name, other.kind, other.host ?? "")
    }

    /// Leaves the least severe out when there are too many, and says so.
    private static func bounded(_ conditions: [AlertCondition]) -> [AlertCondition] {
        guard conditions.count > AlertLimits.alertsMax else { return conditions }
        let kept = conditions.prefix(AlertLimits.alertsMax - 1)
        let omitted = AlertCondition(
            .omitted, AlertSubject(kind: "certctl", namespace: "", name: "certctl"), .critical,
            "certctl has \(conditions.count) alerts and keeps the worst \(kept.count); `certctl status` shows every certificate, and most "
                + "alerts of this many have one cause")
        return [omitted] + kept
    }
}
