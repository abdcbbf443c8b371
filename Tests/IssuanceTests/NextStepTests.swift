import ACME
import Core
import FoundationEssentials
import Testing

@testable import Issuance

@Suite("What to do next") struct NextStepTests {
    private func fact(
        _ state: CertificateFact.State, _ cause: FailureCause? = nil, change: (inout CertificateFact) -> Void = { _ in }
    ) -> CertificateFact {
        var fact = CertificateFact(
            namespace: "web", secretName: "shop-tls", hosts: ["shop.example", "www.example"], ingresses: ["web/shop"], state: state,
            failures: cause == nil ? 0 : 3)
        fact.issuer = "ClusterIssuer/le"
        fact.lastErrorCause = cause
        change(&fact)
        return fact
    }

    private func step(_ fact: CertificateFact, known: String? = nil) -> String? { NextStep(fact, now: noon).text(known: known) }

    /// What somebody can act on: a command, an object or a moment.
    private static let handles = [
        "`certctl ", "Secret web/shop-tls", "Ingress web/shop", "ClusterIssuer le", "shop.example", "error names", "--self-check",
    ]

    @Test(arguments: FailureCause.allCases)
    func `each cause of a failure has a sentence that names something to act on`(cause: FailureCause) throws {
        let words = try #require(step(fact(.failing, cause)))
        #expect(Self.handles.contains { words.contains($0) }, "\(words)")
        #expect(words.first?.isLowercase == true || words.hasPrefix("`"), "\(words)")
        #expect(!words.hasSuffix(".") && !words.contains("  ") && words.count <= 180, "\(words)")
        // One that nothing is known about must make a sentence as well.
        var bare = CertificateFact(namespace: "web", secretName: "shop-tls", hosts: [], state: .failing, failures: 1)
        bare.lastErrorCause = cause
        let poor = try #require(step(bare))
        #expect(!poor.contains("  ") && !poor.contains("``") && !poor.contains("nil"), "\(poor)")
    }

    @Test(arguments: [
        (FailureCause.unreachable, "see that this machine reaches ClusterIssuer le (DNS, proxy, firewall) and what its status page says"),
        (.hostUnreachable, "open ports 80 and 443 of www.example to the CA"), (.wrongAnswer, "lead www.example to this instance"),
        (.nameNotResolved, "create an address record (A or AAAA) of www.example"),
        (.noSolver, "give ClusterIssuer le a solver for www.example"),
        (.nameRefused, "take www.example out of Ingress web/shop"), (.accountUnusable, "run `certctl account show le`"),
        (.profileNotOffered, "set spec.acme.profile of ClusterIssuer le"),
        (.other, "mend what the error says, then `certctl renew web/shop-tls`"),
    ])
    func `it is about the name and the object at fault`(cause: FailureCause, words: String) throws {
        let text = try #require(step(fact(.failing, cause) { $0.lastErrorName = "www.example" }))
        #expect(text.hasPrefix(words), "\(text)")
    }

    @Test func `a moment is named while it is to come`() throws {
        let next = noon.addingTimeInterval(600)
        let waiting = try #require(step(fact(.failing, .rateLimited) { $0.nextAttempt = next }))
        #expect(
            waiting == "wait: certctl tries again at \(next.formatted(.iso8601)); to be sooner, choose another issuer for Ingress web/shop")
        let due = try #require(step(fact(.failing, .rateLimited) { $0.nextAttempt = noon }))
        #expect(due.hasPrefix("wait: certctl tries again by itself"))
    }

    @Test func `who met the obstacle knows better`() {
        let known = "create the Secret web/mac with the key hmac"
        #expect(step(fact(.failing, .externalAccountMissing), known: known) == known)
        #expect(step(fact(.blocked), known: known) == known)
        #expect(step(fact(.expired, .other), known: known) == known)
        #expect(step(fact(.valid), known: known) == nil)
    }

    @Test(arguments: CertificateFact.State.allCases)
    func `each state that needs somebody has a sentence, and no other`(state: CertificateFact.State) {
        let text = step(fact(state))
        switch state {
        case .valid, .pending, .issuing, .foreign: #expect(text == nil)
        case .failing: #expect(text == "mend what the error says, then `certctl renew web/shop-tls`")
        case .expired: #expect(text == nil || text?.isEmpty == false)
        case .blocked: #expect(text == "mend Ingress web/shop as the message says; certctl goes on as soon as it is changed")
        case .placeholder:
            #expect(
                text
                    == "annotate Ingress web/shop with cert-manager.io/cluster-issuer, or create the Secret web/shop-tls with the keys tls.crt and tls.key"
            )
        }
    }

    @Test func `an expired certificate says who can help`() {
        let ours = fact(.expired) {
            $0.notAfter = noon.addingTimeInterval(-1)
            $0.renewAt = noon.addingTimeInterval(-days(20))
        }
        #expect(step(ours) == "issue it again now with `certctl renew web/shop-tls`")
        let foreign = fact(.foreign) { $0.message = "the certificate has expired, and the Secret is not ours to write" }
        #expect(
            step(foreign)
                == "replace tls.crt and tls.key of Secret web/shop-tls, which is not certctl's to write, or delete the Secret so that certctl issues one"
        )
        let denied = fact(.expired) { $0.policy = "no" }
        #expect(step(denied)?.hasPrefix("change the IssuancePolicy that denies it, or what Ingress web/shop asks for") == true)
    }

    @Test func `waiting for the CA's limits is worth a word only when it takes too long`() {
        let soon = fact(.pending) {
            $0.queuedUntil = noon.addingTimeInterval(60)
            $0.notAfter = noon.addingTimeInterval(days(3))
        }
        #expect(step(soon) == nil)
        let late = fact(.pending) {
            $0.queuedUntil = noon.addingTimeInterval(days(4))
            $0.notAfter = noon.addingTimeInterval(days(3))
        }
        #expect(step(late)?.hasPrefix("wait until 2026-09-05T12:00:00Z, or choose another issuer for Ingress web/shop") == true)
        let none = fact(.pending) { $0.queuedUntil = noon.addingTimeInterval(60) }
        #expect(step(none) != nil)
    }

    @Test func `a replica that serves something else is named`() {
        let served = fact(.valid).served(as: [ServedCertificate(replica: "certctl-b", fingerprint: nil, since: noon)], at: noon)
        #expect(served.advice?.hasPrefix("look at the log of replica certctl-b, which does not serve what is stored") == true)
        let two = fact(.valid).served(
            as: ["a", "b"].map { ServedCertificate(replica: $0, fingerprint: "f", since: noon) }, at: noon)
        #expect(two.advice?.contains("replica a and 1 more") == true)
        #expect(two.served(as: [], at: noon).served == nil && two.served(as: [], at: noon).advice == nil)
    }

    @Test func `a foreign chain that is incomplete is told what to put in`() {
        let text = step(fact(.foreign) { $0.chainProblems = ["the intermediate certificate \"X\" is missing"] })
        #expect(text?.hasPrefix("put the certificate and then its intermediates into tls.crt of Secret web/shop-tls") == true)
    }

    // MARK: Causes

    private func cause(_ code: ACMEError.Code, _ fault: ACMEError.Fault = .certificateAuthority, _ type: String? = nil) -> FailureCause {
        let problem = type.map { Problem(type: Problem.typePrefix + $0, detail: "d") }
        return FailureCause(ACMEError(code, fault: fault, subject: "s", reason: "r", problem: problem))
    }

    @Test(arguments: [
        ("dns", FailureCause.nameNotResolved), ("connection", .hostUnreachable), ("tls", .hostUnreachable), ("unauthorized", .wrongAnswer),
        ("incorrectResponse", .wrongAnswer), ("caa", .caaForbids), ("rejectedIdentifier", .nameRefused),
        ("serverInternal", .authorizationFailed),
    ])
    func `the CA's problem type says why a name could not be verified`(type: String, expected: FailureCause) {
        #expect(cause(.authorizationFailed, .configuration, type) == expected)
    }

    @Test func `what a CA refuses is told from what it could not verify`() {
        #expect(cause(.refused, .configuration, "unauthorized") == .refused)
        #expect(cause(.refused, .configuration, "rejectedIdentifier") == .nameRefused)
        let part = Problem(type: Problem.typePrefix + "rejectedIdentifier", detail: "d")
        let compound = Problem(type: Problem.typePrefix + "malformed", detail: "d", subproblems: [part])
        #expect(
            FailureCause(ACMEError(.refused, fault: .configuration, subject: "s", reason: "r", problem: compound)) == .nameRefused)
        #expect(cause(.challengeNotPresented, .configuration) == .selfCheckFailed)
        #expect(
            FailureCause(
                ACMEError(.challengeNotPresented, fault: .ours, subject: "s", reason: "r", challenge: .dns01))
                == .dnsRecordFailed)
        #expect(cause(.challengeNotPresented, .ours) == .storageFailed)
    }

    @Test(arguments: [
        (ChallengeType.http01, "dns", FailureCause.nameNotResolved), (.tlsALPN01, "unauthorized", .wrongAnswer),
        (.dns01, "dns", .dnsRecordFailed), (.dns01, "unauthorized", .dnsRecordFailed), (.dns01, "caa", .caaForbids),
        (.dnsPersist01, "unauthorized", .standingProofMissing), (.http01, "invented", .authorizationFailed),
    ])
    func `a record that is missing is not taken for a host without an address`(
        challenge: ChallengeType, type: String, expected: FailureCause
    ) {
        let problem = Problem(type: Problem.typePrefix + type, detail: "d")
        let error = ACMEError(
            .authorizationFailed, fault: .configuration, subject: "s", reason: "r", problem: problem, challenge: challenge)
        #expect(FailureCause(error) == expected)
    }

    @Test func `the DNS that leads elsewhere is told with both places`() {
        #expect(
            NextStep.lead("a.example", from: ["192.0.2.1"], to: ["198.51.100.7"])
                == "change the address records of a.example: its DNS points to 192.0.2.1, not here (198.51.100.7)")
        #expect(NextStep.lead("a.example", from: ["198.51.100.7"], to: ["198.51.100.7"]) == nil)
        #expect(NextStep.lead("a.example", from: [], to: ["198.51.100.7"]) == nil)
        #expect(NextStep.lead("a.example", from: ["192.0.2.1"], to: []) == nil)
    }

    @Test func `a cause of a later version does not lose the row of failures`() throws {
        let text =
            #"{"count":2,"first":"2026-09-01T12:00:00Z","last":"2026-09-01T12:00:00Z","nextAttempt":"2026-09-01T12:00:00Z","#
            + #""message":"m","fingerprint":"f","cause":"invented"}"#
        let record = try RecordJSON.decoder.decode(FailureRecord.self, from: Data(text.utf8))
        #expect(record.cause == .other && record.count == 2)
    }
}
