import Admin
import FoundationEssentials
import Issuance

/// Facts and reports as of a fixed moment.
enum Sample {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func date(days: Double) -> Date { now.addingTimeInterval(days * 86_400) }

    /// A certificate that is as it should be; without days, one that is not there.
    static func fact(_ name: String, namespace: String = "web", hosts: [String]? = nil, days: Double? = nil, leftDays: Double = 0)
        -> CertificateFact
    {
        var fact = CertificateFact(
            namespace: namespace, secretName: name, hosts: hosts ?? ["\(name).example"], ingresses: ["\(namespace)/\(name)"],
            state: days == nil ? .pending : .valid)
        fact.issuer = "ClusterIssuer/letsencrypt"
        guard let days else { return fact }
        fact.notBefore = date(days: leftDays - days)
        fact.notAfter = date(days: leftDays)
        fact.renewAt = date(days: leftDays - days / 3)
        fact.lifetimeLeft = max(leftDays / days, 0)
        fact.keyAlgorithm = "ECDSA P-256"
        fact.certificateIssuer = "R11"
        fact.serialNumber = "03a1b2"
        fact.fingerprint = String(repeating: "ab", count: 32)
        return fact
    }

    static func failing(_ name: String, namespace: String = "web", days: Double, leftDays: Double) -> CertificateFact {
        var fact = fact(name, namespace: namespace, days: days, leftDays: leftDays)
        fact.state = .failing
        fact.failures = 5
        fact.firstFailure = now.addingTimeInterval(-3 * 3600 - 720)
        fact.lastFailure = now.addingTimeInterval(-600)
        fact.lastError =
            "urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching http://\(name).example/.well-known/acme-challenge/x: Connection refused"
        fact.nextAttempt = now.addingTimeInterval(720)
        fact.advice = "let port 80 of 203.0.113.10 reach certctl; `certctl check \(namespace)/\(name)` looks at it"
        return fact
    }

    static func report(
        _ facts: [CertificateFact], problems: [StatusReport.Problem] = [], replicas: [ReplicaFact] = [], isRunning: Bool = true
    ) -> StatusReport {
        StatusReport(
            version: "1.0", at: now, isRunning: isRunning, certificates: facts, replicas: replicas, problems: problems, ignoredKinds: [:])
    }
}
