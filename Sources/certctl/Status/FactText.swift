internal import FoundationEssentials
internal import Issuance

/// What there is to say about a certificate, in sentences for a person. What a row of the table says already is left out.
struct FactText {
    let fact: CertificateFact
    let now: Date

    /// What is wrong or waited for, the weightiest first.
    var problems: [String] {
        var sentences: [String] = []
        if let revoked = fact.revoked { sentences.append("the certificate is revoked since \(ago(revoked))") }
        if fact.failures > 0 { sentences.append(failure) }
        if let message = fact.message, message != fact.lastError { sentences.append(message) }
        if let uncovered = fact.uncoveredHosts, fact.message?.contains("does not cover") != true {
            sentences.append("the certificate in the Secret does not cover \(FactText.list(uncovered))")
        }
        if let why = fact.secretProblem, fact.message?.contains(why) != true { sentences.append("the Secret cannot be served: \(why)") }
        sentences += (fact.chainProblems ?? []).map { "chain: \($0)" }
        if let renewAt = fact.renewAt, renewAt < now, fact.failures == 0, fact.state == .valid {
            sentences.append("its renewal was due \(ago(renewAt))")
        }
        sentences += FactText.grouped(fact.served ?? []).map { serves($0) }
        sentences += (fact.leftOut ?? []).map { "issued without \($0.name): \($0.problem)" }
        if let turn { sentences.append(turn) }
        return sentences
    }

    /// What to do; nil when nothing needs doing.
    var next: String? { fact.advice.map { "next: \($0)" } }

    /// When a limit of the CA's lets it go on.
    private var turn: String? {
        guard let until = fact.queuedUntil else { return nil }
        return "its turn comes \(FactText.when(until, now)): \(fact.queueReason ?? "a limit of the CA")"
    }

    private var failure: String {
        var text = fact.failures == 1 ? "failed" : "failed \(fact.failures) times"
        if let first = fact.firstFailure, fact.failures > 1 {
            text += ", first \(ago(first))"
        } else if let last = fact.lastFailure {
            text += " \(ago(last))"
        }
        if let error = fact.lastError { text += ": \(error)" }
        if let next = fact.nextAttempt { text += "; next attempt \(FactText.when(next, now))" }
        return text
    }

    private func serves(_ served: ServedGroup) -> String {
        let what = served.fingerprint.map { "another certificate (SHA-256 \($0.prefix(16))…)" } ?? "a self-signed placeholder"
        let verb = served.replicas.count == 1 ? "serves" : "serve"
        return "\(FactText.list(served.replicas)) \(verb) \(what) since \(ago(served.since)), not what the Secret holds"
    }

    /// `3h 12m ago`.
    private func ago(_ date: Date) -> String { FactText.when(date, now) }

    /// `in 3h 12m`, `now`, `3h 12m ago`.
    static func when(_ date: Date, _ now: Date) -> String {
        let distance = date.distance(from: now)
        if distance == "0s" { return "now" }
        return distance.hasPrefix("-") ? "\(distance.dropFirst()) ago" : "in \(distance)"
    }

    /// The first few, and how many more there are.
    static func list(_ names: [String], max count: Int = 3) -> String {
        guard names.count > count else { return names.joined(separator: ", ") }
        return names.prefix(count).joined(separator: ", ") + " and \(names.count - count) more"
    }

    /// Replicas that serve the same.
    struct ServedGroup {
        let fingerprint: String?
        var replicas: [String]
        var since: Date
    }

    static func grouped(_ served: [ServedCertificate]) -> [ServedGroup] {
        var groups: [ServedGroup] = []
        for entry in served {
            if let index = groups.firstIndex(where: { $0.fingerprint == entry.fingerprint }) {
                groups[index].replicas.append(entry.replica)
                groups[index].since = min(groups[index].since, entry.since)
            } else {
                groups.append(ServedGroup(fingerprint: entry.fingerprint, replicas: [entry.replica], since: entry.since))
            }
        }
        return groups
    }
}
