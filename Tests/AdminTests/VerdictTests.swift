import Admin
import FoundationEssentials
import Issuance
import Testing

@Suite("The verdict of a status report") struct VerdictTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func fact(_ state: CertificateFact.State, change: (inout CertificateFact) -> Void = { _ in }) -> CertificateFact {
        var fact = CertificateFact(namespace: "web", secretName: "s", hosts: ["a.example"], ingresses: ["web/i"], state: state)
        change(&fact)
        return fact
    }

    private func verdict(_ facts: [CertificateFact], replicas: [ReplicaFact] = [], problems: Int = 0) -> String {
        StatusReport(
            version: "1", at: now, isRunning: true, certificates: facts, replicas: replicas,
            problems: (0..<problems).map { .init(subject: "s\($0)", message: "m") }, ignoredKinds: [:]
        ).verdict
    }

    @Test func `the worst comes first, and the next renewal last`() {
        let fine = (0..<39).map { index in
            fact(.valid) { $0.renewAt = now.addingTimeInterval(Double(3 + index) * 86_400 + 60) }
        }
        #expect(
            verdict(fine + [fact(.failing), fact(.expired)])
                == "2 of 41 certificates need you: 1 expired, 1 failing; next renewal in 3 days")
        #expect(verdict(fine) == "all 39 certificates are fine; next renewal in 3 days")
    }

    @Test func `one and none are words of their own`() {
        #expect(verdict([]) == "no certificates are asked for")
        #expect(verdict([fact(.valid)]) == "1 certificate, which is fine")
        #expect(verdict([fact(.blocked)]) == "1 of 1 certificate needs you: 1 blocked")
        #expect(verdict([fact(.valid)], problems: 1) == "1 certificate, which is fine; 1 problem in the configuration")
        #expect(verdict([], problems: 2) == "no certificates are asked for; 2 problems in the configuration")
    }

    @Test func `each certificate counts once, by the worst of it`() {
        let served = [ServedCertificate(replica: "b", fingerprint: nil, since: now)]
        let facts = [
            fact(.failing) {
                $0.revoked = now; $0.served = served
            }, fact(.failing) { $0.served = served },
            fact(.valid) {
                $0.served = served; $0.renewAt = now.addingTimeInterval(-7200)
            },
            fact(.valid) { $0.renewAt = now.addingTimeInterval(-7200) }, fact(.foreign) { $0.message = "no key" }, fact(.pending),
            fact(.valid) { $0.reason = "Revoked" },
        ]
        #expect(
            verdict(facts)
                == "6 of 7 certificates need you: 2 revoked, 1 failing, 1 unsuitable, 1 not served as stored, 1 overdue")
    }

    @Test func `a replica that cannot be asked is said, and is not taken for right`() {
        let replicas = [
            ReplicaFact(identity: "a", isReachable: true),
            ReplicaFact(identity: "b", isReachable: false, problem: "not complete within 2 s"),
        ]
        #expect(
            verdict([fact(.valid)], replicas: replicas)
                == "1 certificate, which is fine; 1 of 2 replicas cannot be asked what it serves")
        let report = StatusReport(
            version: "1", at: now, isRunning: true, certificates: [fact(.valid)], replicas: replicas, problems: [], ignoredKinds: [:])
        #expect(report.needsAttention)
    }

    @Test(arguments: [
        (1.0, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7199, "119 minutes"), (7200, "2 hours"), (172_799, "47 hours"),
        (172_800, "2 days"), (1e300, "1000000000 days"),
    ])
    func `times are in one unit`(seconds: Double, words: String) {
        let report = verdict([fact(.valid) { $0.renewAt = now.addingTimeInterval(min(seconds, 8e13)) }])
        if seconds < 1e9 { #expect(report == "1 certificate, which is fine; next renewal in \(words)") }
        #expect(report.contains("next renewal in "))
    }

    @Test func `the verdict and the replicas are in the JSON, and a report without them is read`() throws {
        let report = StatusReport(
            version: "1", at: now, isRunning: true, certificates: [fact(.failing)],
            replicas: [ReplicaFact(identity: "a", isReachable: true)],
            problems: [], ignoredKinds: [:])
        let json = try AdminJSON.encoder().encode(report)
        #expect(String(decoding: json, as: UTF8.self).contains(#""verdict" : "1 of 1 certificate needs you: 1 failing""#))
        #expect(try AdminJSON.decoder().decode(StatusReport.self, from: json) == report)
        let old = #"{"version":"1","at":"2026-09-01T12:00:00Z","isRunning":true,"certificates":[],"problems":[],"ignoredKinds":{}}"#
        #expect(try AdminJSON.decoder().decode(StatusReport.self, from: Data(old.utf8)).replicas.isEmpty)
    }
}
