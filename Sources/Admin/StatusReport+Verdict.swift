internal import Core
internal import FoundationEssentials
public import Issuance

extension StatusReport {
    /// What is wrong with a certificate, the worst first.
    public enum Concern: String, Codable, Sendable, Hashable, CaseIterable {
        /// It is past its end.
        case expired
        /// It is known to be revoked.
        case revoked
        /// The last attempt to issue it failed.
        case failing
        /// Nothing can be attempted.
        case blocked
        /// Somebody else's Secret cannot be served, or does not fit.
        case unsuitable
        /// A replica serves something else than what is stored.
        case servedDiffers
        /// It should have been renewed long ago.
        case overdue

        /// How a certificate with it is counted: `2 failing`.
        var words: String {
            switch self {
            case .expired, .revoked, .failing, .blocked, .unsuitable, .overdue: rawValue
            case .servedDiffers: "not served as stored"
            }
        }
    }

    /// Why an operator has to look at a certificate; the worst of several, nil for none.
    public func concern(about fact: CertificateFact) -> Concern? {
        if fact.state == .expired { return .expired }
        if fact.revoked != nil || fact.reason == IssueReason.revoked.rawValue { return .revoked }
        switch fact.state {
        case .failing: return .failing
        case .blocked: return .blocked
        case .foreign where fact.message != nil: return .unsuitable
        case .expired, .foreign, .valid, .pending, .issuing, .placeholder: break
        }
        if fact.served != nil { return .servedDiffers }
        guard fact.state != .foreign, let renewAt = fact.renewAt else { return nil }
        return renewAt.addingTimeInterval(StatusReport.overdueGrace.seconds) < at ? .overdue : nil
    }

    /// All of it in one line, the worst first: `2 of 41 certificates need you: 1 expired, 1 failing; next renewal in 3 days`.
    public var verdict: String {
        [standing, renewalVerdict].compactMap { $0 }.joined(separator: "; ")
    }

    /// The same without what changes by itself all the time.
    var standing: String {
        [certificatesVerdict, replicasVerdict, problemsVerdict].compactMap { $0 }.joined(separator: "; ")
    }

    private var certificatesVerdict: String {
        guard !certificates.isEmpty else { return "no certificates are asked for" }
        var counts: [Concern: Int] = [:]
        for fact in certificates {
            if let concern = concern(about: fact) { counts[concern, default: 0] += 1 }
        }
        let all = certificates.count == 1 ? "1 certificate" : "\(certificates.count) certificates"
        guard !counts.isEmpty else { return certificates.count == 1 ? "1 certificate, which is fine" : "all \(all) are fine" }
        let concerned = counts.values.reduce(0, +)
        let parts = Concern.allCases.compactMap { concern in counts[concern].map { "\($0) \(concern.words)" } }
        return "\(concerned) of \(all) \(concerned == 1 ? "needs" : "need") you: \(parts.joined(separator: ", "))"
    }

    private var replicasVerdict: String? {
        let unreachable = replicas.count { !$0.isReachable }
        guard unreachable > 0 else { return nil }
        return "\(unreachable) of \(replicas.count) replicas cannot be asked what \(unreachable == 1 ? "it serves" : "they serve")"
    }

    private var problemsVerdict: String? {
        guard !problems.isEmpty else { return nil }
        return problems.count == 1 ? "1 problem in the configuration" : "\(problems.count) problems in the configuration"
    }

    private var renewalVerdict: String? {
        // What is overdue has been counted.
        let next = certificates.compactMap { $0.state == .foreign ? nil : $0.renewAt }.filter { $0 > at }.min()
        return next.map { "next renewal in \(Self.words($0.timeIntervalSince(at)))" }
    }

    /// A time in its largest unit, as people say it.
    static func words(_ interval: TimeInterval) -> String {
        func count(_ unit: TimeInterval, _ name: String) -> String {
            // Keeps the conversion safe for any date in a certificate.
            let number = Int(min(interval / unit, 1e9))
            return number == 1 ? "1 \(name)" : "\(number) \(name)s"
        }
        switch interval {
        case 172_800...: return count(86_400, "day")
        case 7200...: return count(3600, "hour")
        case 120...: return count(60, "minute")
        default: return count(1, "second")
        }
    }
}
