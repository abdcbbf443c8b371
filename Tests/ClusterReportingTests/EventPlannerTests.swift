import Core
import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import Store
import Testing

@testable import ClusterReporting
@testable import Issuance
@testable import Routing

@Suite("Events: each change of state once") struct EventPlannerTests {
    private var objects = ObjectSet([.ingress(Sample.ingress("web")), .certificate(Sample.certificate())])
    private var state = ReportedState()

    private mutating func after(_ facts: CertificateFact..., problems: Set<ReportedProblem> = []) -> [ReportedEvent] {
        let (events, next) = EventPlanner.events(from: state, facts: facts, problems: problems, objects)
        state = next
        return events
    }

    private func reasons(_ events: [ReportedEvent]) -> [String] { events.map(\.reason) }

    @Test mutating func `an order from its wish to the renewal`() throws {
        #expect(after(Sample.fact(.pending, reason: .doesNotExist)).isEmpty)
        let issuing = after(Sample.fact(.issuing, reason: .doesNotExist))
        #expect(reasons(issuing) == ["Issuing"])
        #expect(issuing.first?.note == "issuing a certificate for a.example from ClusterIssuer/le (DoesNotExist)")
        #expect(issuing.first?.regarding.uid == "uid-web" && issuing.first?.severity == .normal)
        #expect(after(Sample.fact(.issuing, reason: .doesNotExist)).isEmpty)
        let issued = after(Sample.valid(issued: noon, reason: .doesNotExist))
        #expect(reasons(issued) == ["Issued"])
        #expect(
            issued.first?.note
                == "issued the certificate in Secret tls for a.example, valid until 2026-11-30T12:00:00Z, serial number 0a")
        #expect(after(Sample.valid(issued: noon, reason: .doesNotExist)).isEmpty)
        var renewing = Sample.valid(issued: noon, reason: .doesNotExist)
        renewing.state = .issuing
        renewing.reason = IssueReason.renewing.rawValue
        #expect(reasons(after(renewing)) == ["Issuing"])
        #expect(reasons(after(Sample.valid(issued: noon.addingTimeInterval(9), reason: .renewing, serial: "0b"))) == ["Renewed"])
    }

    @Test mutating func `nothing is told about what was valid, issuing or failing before`() {
        let valid = Sample.valid()
        for fact in [valid, Sample.fact(.issuing, reason: .doesNotExist), Sample.failing(3, at: noon, "no")] {
            state = ReportedState(facts: [fact])
            #expect(after(fact).isEmpty)
        }
        state = ReportedState()
        #expect(after(valid).isEmpty)
    }

    @Test mutating func `an issuance that was too quick to be seen is told from its beginning`() {
        state = ReportedState(facts: [Sample.fact(.pending, reason: .doesNotExist)])
        #expect(reasons(after(Sample.valid(issued: noon, reason: .doesNotExist))) == ["Issuing", "Issued"])
        state = ReportedState()
        #expect(reasons(after(Sample.valid(issued: noon, reason: .requestChanged))) == ["Issuing", "Issued"])
    }

    @Test mutating func `each failure is told in the CA's words`() throws {
        state = ReportedState(facts: [Sample.fact(.issuing, reason: .doesNotExist)])
        let first = try #require(after(Sample.failing(1, at: noon, "DNS problem: NXDOMAIN")).first)
        #expect(first.reason == "Failed" && first.severity == .warning)
        #expect(
            first.note == "Secret tls: DNS problem: NXDOMAIN (failure 1, next attempt 2026-09-01T12:01:00Z)")
        #expect(after(Sample.failing(1, at: noon, "DNS problem: NXDOMAIN")).isEmpty)
        let second = after(Sample.failing(2, at: noon.addingTimeInterval(60), "DNS problem: NXDOMAIN"))
        #expect(reasons(second) == ["Issuing", "Failed"])
        #expect(second.last?.occurrence != first.occurrence)
        // As another leader would tell it.
        state = ReportedState()
        #expect(after(Sample.failing(1, at: noon, "DNS problem: NXDOMAIN")).first?.occurrence == first.occurrence)
    }

    @Test mutating func `a long error leaves room for when it goes on`() throws {
        state = ReportedState(facts: [Sample.fact(.issuing, reason: .doesNotExist)])
        let event = try #require(after(Sample.failing(1, at: noon, String(repeating: "ä", count: 3000))).first)
        #expect(event.note.utf8.count <= EventLimits.noteBytesMax && event.note.hasSuffix("next attempt 2026-09-01T12:01:00Z)"))
    }

    @Test mutating func `a manifest's label is no issuance, and another's Secret is nobody's event`() {
        state = ReportedState(facts: [Sample.valid()])
        #expect(after(Sample.fact(.issuing, reason: .secretTemplateMismatch)).isEmpty)
        #expect(after(Sample.fact(.foreign)).isEmpty)
    }

    @Test mutating func `every Ingress and the Certificate are told, up to a limit, and nothing that is gone`() {
        let names = (0..<(EventPlanner.ingressesToldMax + 1)).map { "n\($0 + 10)" }
        for name in names { objects.insert(.ingress(Sample.ingress(name))) }
        var fact = Sample.fact(.issuing, reason: .doesNotExist)
        fact.ingresses = names.map { "shop/\($0)" }
        fact.certificate = "shop/web"
        let events = after(fact)
        #expect(events.count == EventPlanner.ingressesToldMax + 1)
        #expect(events.last?.regarding.kind == "Certificate")
        state = ReportedState()
        fact.ingresses = ["shop/gone"]
        fact.certificate = "shop/gone"
        #expect(after(fact).isEmpty)
    }

    @Test mutating func `a problem is told when it appears, and once for each form of the object`() throws {
        let key = ObjectKey(kind: .ingress, name: NamespacedName(namespace: "shop", name: "web"))
        let problem = ReportedProblem(regarding: key, reason: .policyDenied, message: "not from here")
        let first = try #require(after(problems: [problem]).first)
        #expect(first.reason == "PolicyDenied" && first.severity == .warning && first.note == "not from here")
        #expect(after(problems: [problem]).isEmpty)
        #expect(after(problems: []).isEmpty)
        state = ReportedState()
        #expect(after(problems: [problem]).first?.occurrence == first.occurrence)
        var changed = Sample.ingress("web")
        changed.metadata.annotations = ["a": "b"]
        objects.insert(.ingress(changed))
        state = ReportedState()
        #expect(after(problems: [problem]).first?.occurrence != first.occurrence)
        let gone = ReportedProblem(
            regarding: ObjectKey(kind: .ingress, name: NamespacedName(namespace: "shop", name: "gone")), reason: .badConfig, message: "x")
        #expect(after(problems: [problem, gone]).isEmpty)
    }

    @Test func `what policies refuse is told to all who ask for it`() {
        var fact = Sample.fact(.blocked, reason: .doesNotExist)
        fact.ingresses = ["shop/web", "shop/other"]
        fact.certificate = "shop/web"
        #expect(ReportedProblem.denials(of: [fact]).isEmpty)
        fact.policy = "policy p denies a.example: not yours"
        let denials = ReportedProblem.denials(of: [fact]).sorted { $0.regarding < $1.regarding }
        #expect(denials.map(\.regarding.description) == ["Certificate shop/web", "Ingress shop/other", "Ingress shop/web"])
        #expect(denials.allSatisfy { $0.reason == .policyDenied })
        #expect(denials.allSatisfy { $0.message == "Secret \(fact.secretName): policy p denies a.example: not yours" })
    }

    @Test func `problems of issuance and routing become events, those of Services do not`() {
        let ingress = ReportedProblem(IngressProblem(ingress: "shop/web", secretName: "tls", message: "no"))
        #expect(ingress?.message == "secretName tls: no" && ingress?.reason == .badConfig)
        let certificate = ReportedProblem(
            CertificateResourceProblem(certificate: "shop/web", secretName: "tls", reason: .unsupportedField, message: "no"))
        #expect(certificate?.regarding.kind == .certificate)
        let name = NamespacedName(namespace: "shop", name: "web")
        #expect(ReportedProblem(RouteProblem(code: .invalidHost, ingress: name, message: "no")) != nil)
        #expect(ReportedProblem(RouteProblem(code: .noEndpoints, ingress: name, message: "no")) == nil)
    }
}
