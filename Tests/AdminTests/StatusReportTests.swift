import Admin
import FoundationEssentials
import Issuance
import Testing

@Suite("Status report") struct StatusReportTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func report(_ facts: [CertificateFact], problems: [StatusReport.Problem] = []) -> StatusReport {
        StatusReport(version: "1", at: now, isRunning: true, certificates: facts, problems: problems, ignoredKinds: ["Pod": 2])
    }

    private func fact(_ state: String, name: String = "a", renewAt: Double? = nil, message: String? = nil) throws -> CertificateFact {
        var fields =
            #""namespace":"web","secretName":"\#(name)","hosts":["a.example"],"ingresses":["web/i"],"state":"\#(state)","failures":0"#
        if let renewAt { fields += #","renewAt":"\#(now.addingTimeInterval(renewAt).formatted(.iso8601))""# }
        if let message { fields += #","message":"\#(message)""# }
        return try AdminJSON.decoder().decode(CertificateFact.self, from: Data("{\(fields)}".utf8))
    }

    @Test(arguments: [
        ("valid", false), ("pending", false), ("issuing", false), ("placeholder", false), ("foreign", false), ("expired", true),
        ("failing", true), ("blocked", true),
    ])
    func `the state decides whether somebody has to act`(state: String, needsAttention: Bool) throws {
        #expect(report([try fact(state)]).needsAttention == needsAttention)
    }

    @Test(arguments: [(-3599.0, false), (-3601.0, true), (10.0, false)])
    func `a renewal is overdue an hour after it was due`(renewAt: Double, isOverdue: Bool) throws {
        #expect(report([try fact("valid", renewAt: renewAt)]).needsAttention == isOverdue)
    }

    @Test func `a foreign Secret that has something wrong needs attention, and so does a wrong manifest`() throws {
        #expect(report([try fact("foreign", message: "expired")]).needsAttention)
        #expect(report([], problems: [.init(subject: "a.yaml", message: "m")]).needsAttention)
        #expect(!report([]).needsAttention)
    }

    @Test func `it crosses the admin API unchanged and sorted`() throws {
        let before = report([try fact("valid", name: "b"), try fact("failing", name: "a")], problems: [.init(subject: "s", message: "m")])
        #expect(before.certificates.map(\.secretName) == ["a", "b"])
        let after = try AdminJSON.decoder().decode(StatusReport.self, from: AdminJSON.encoder().encode(before))
        #expect(after == before)
    }
}
