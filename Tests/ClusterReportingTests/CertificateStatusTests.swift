import Core
import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import Store
import Testing

@testable import ClusterReporting
@testable import Issuance

@Suite("Certificate status: cert-manager's conditions") struct CertificateStatusTests {
    private func status(
        _ fact: CertificateFact, before: CertificateStatus = CertificateStatus(), refusal: CertificateResourceProblem? = nil,
        at now: Date = noon
    ) throws -> CertificateStatus {
        let certificate = Sample.certificate(status: before)
        return try #require(CertificateStatusPlanner.status(of: certificate, fact, refusal: refusal, now: now))
    }

    private func line(_ condition: ObjectCondition?) -> String? {
        condition.map { "\($0.status.rawValue) \($0.reason): \($0.message)" }
    }

    @Test func `fine`() throws {
        let status = try status(Sample.valid())
        #expect(line(status.condition("Ready")) == "True Ready: Certificate is up to date and has not expired")
        #expect(status.condition("Issuing") == nil)
        #expect(status.condition("Ready")?.observedGeneration == 3 && status.condition("Ready")?.lastTransitionTime == noon)
        #expect(status.notAfter == noon.addingTimeInterval(90 * 86_400) && status.notBefore == noon.addingTimeInterval(-3600))
        #expect(status.renewalTime == noon.addingTimeInterval(60 * 86_400) && status.revision == 1)
        #expect(status.failedIssuanceAttempts == nil && status.lastFailureTime == nil)
    }

    @Test func `what policies refuse is not being issued, and why`() throws {
        let fact = Sample.fact(.blocked, reason: .renewing) {
            $0.notAfter = noon.addingTimeInterval(3600)
            $0.policy = "policy p denies a.example: not yours"
            $0.message = "PolicyDenied: policy p denies a.example: not yours"
        }
        let status = try status(fact)
        #expect(line(status.condition("Ready"))?.hasPrefix("True Ready") == true)
        #expect(line(status.condition("Issuing")) == "False PolicyDenied: policy p denies a.example: not yours")
    }

    @Test func `what was written once is not written again`() throws {
        let first = try status(Sample.valid())
        let later = noon.addingTimeInterval(100)
        #expect(try status(Sample.valid(), before: first, at: later) == first)
        let fact = Sample.valid()
        let objects = ObjectSet([.certificate(Sample.certificate(status: first))])
        #expect(CertificateStatusPlanner.writes(objects, [fact.secret: fact], [], now: later).isEmpty)
        var foreign = first
        foreign.conditions.append(ObjectCondition(type: "Other", status: .true))
        let others = ObjectSet([.certificate(Sample.certificate(status: foreign))])
        #expect(CertificateStatusPlanner.writes(others, [fact.secret: fact], [], now: later).isEmpty)
    }

    @Test(arguments: [
        (IssueReason.doesNotExist, "Issuing certificate as Secret does not exist"),
        (.missingData, "Issuing certificate as Secret does not contain any data"),
        (.invalidKeyPair, "Secret contains an invalid key-pair: broken"),
        (.secretMismatch, "Existing private key is not up to date for spec: [spec.privateKey.algorithm]"),
        (.incorrectIssuer, "Issuing certificate as Secret was previously issued by another issuer"),
        (.requestChanged, "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]"),
        (.expired, "Certificate expired on Tue, 01 Sep 2026 11:00:00 UTC"),
    ])
    func `what is not fine says why, with cert-manager's reasons`(reason: IssueReason, message: String) throws {
        let fact = Sample.fact(reason == .expired ? .expired : .issuing, reason: reason) {
            $0.message = reason == .invalidKeyPair ? "broken" : nil
            if reason != .doesNotExist { $0.notAfter = noon.addingTimeInterval(reason == .expired ? -3600 : 3600) }
        }
        let status = try status(fact)
        #expect(line(status.condition("Ready")) == "False \(reason.rawValue): \(message)")
        #expect(line(status.condition("Issuing")) == "True \(reason.rawValue): \(message)")
    }

    @Test(arguments: [IssueReason.renewing, .manuallyTriggered, .secretTemplateMismatch])
    func `one that is renewed in time stays ready`(reason: IssueReason) throws {
        var fact = Sample.valid()
        fact.state = .issuing
        fact.reason = reason.rawValue
        let status = try status(fact)
        #expect(status.condition("Ready")?.status == .true)
        #expect(status.condition("Issuing")?.reason == reason.rawValue)
        if reason == .renewing {
            #expect(
                status.condition("Issuing")?.message == "Renewing certificate as renewal was scheduled at 2026-10-31 12:00:00 +0000 UTC")
        }
    }

    @Test func `a failure is counted and shown in the CA's words, until a success`() throws {
        let failed = try status(Sample.failing(2, at: noon.addingTimeInterval(0.7), "DNS problem"))
        #expect(
            line(failed.condition("Issuing"))
                == "False Failed: The certificate request has failed to complete and will be retried: DNS problem")
        #expect(line(failed.condition("Ready")) == "False DoesNotExist: Issuing certificate as Secret does not exist")
        #expect(failed.failedIssuanceAttempts == 2 && failed.lastFailureTime == noon && failed.revision == nil)
        let success = try status(Sample.valid(), before: failed)
        #expect(success.failedIssuanceAttempts == nil && success.lastFailureTime == nil && success.condition("Issuing") == nil)
        #expect(success.revision == 1)
    }

    @Test func `the revision counts certificates`() throws {
        let first = try status(Sample.valid())
        var next = Sample.valid()
        next.notBefore = noon
        let second = try status(next, before: first)
        #expect(second.revision == 2)
        #expect(try status(next, before: second).revision == 2)
        var migrated = first
        migrated.revision = 7
        #expect(try status(Sample.valid(), before: migrated).revision == 7)
        #expect(try status(Sample.fact(.issuing, reason: .doesNotExist), before: migrated).revision == 7)
    }

    @Test func `a missing issuer is named while it waits`() throws {
        let fact = Sample.fact(.blocked, reason: .doesNotExist) { $0.message = "ClusterIssuer le does not exist" }
        #expect(
            line(try status(fact).condition("Issuing"))
                == "True DoesNotExist: Issuing certificate as Secret does not exist: ClusterIssuer le does not exist")
    }

    @Test func `one that is refused says so, and nothing about issuing`() throws {
        let problem = CertificateResourceProblem(
            certificate: "shop/web", secretName: "tls", reason: .incorrectCertificate, message: "Secret was issued for \"old\".")
        let fact = Sample.valid()
        let objects = ObjectSet([.certificate(Sample.certificate()), .certificate(Sample.certificate("old"))])
        let writes = CertificateStatusPlanner.writes(objects, [fact.secret: fact], [problem], now: noon)
        #expect(writes.map(\.target.name.name) == ["old", "web"])
        #expect(Sample.text(writes[0].status).contains("\"reason\":\"Ready\""))
        #expect(Sample.text(writes[1].status).contains("\"reason\":\"IncorrectCertificate\""))
        #expect(line(try status(Sample.fact(.blocked), refusal: problem).condition("Issuing")) == nil)
    }

    @Test func `a Secret of somebody else's is ready when it serves`() throws {
        var fact = Sample.valid()
        fact.state = .foreign
        #expect(try status(fact).condition("Ready")?.status == .true)
        fact.message = "the certificate does not cover b.example, and the Secret is not ours to write"
        #expect(try status(fact).condition("Ready")?.reason == "IncorrectCertificate")
    }

    @Test func `Certificates of other issuers, unknown ones and those on their way out are left alone`() {
        let fact = Sample.valid()
        #expect(CertificateStatusPlanner.status(of: Sample.certificate(group: "x.io"), fact, refusal: nil, now: noon) == nil)
        var leaving = Sample.certificate()
        leaving.metadata.deletionTimestamp = noon
        #expect(CertificateStatusPlanner.writes(ObjectSet([.certificate(leaving)]), [fact.secret: fact], [], now: noon).isEmpty)
        #expect(CertificateStatusPlanner.writes(ObjectSet([.certificate(Sample.certificate())]), [:], [], now: noon).isEmpty)
    }

    @Test func `what is wanted does not depend on what somebody else writes meanwhile`() throws {
        let fact = Sample.valid()
        var wishes: Set<String> = []
        for (step, reason) in ["a", "b"].enumerated() {
            let other = CertificateStatus(
                conditions: [ObjectCondition(type: "Ready", status: .false, reason: reason)], revision: step)
            let write = CertificateStatusPlanner.writes(
                ObjectSet([.certificate(Sample.certificate(status: other))]), [fact.secret: fact], [],
                now: noon.addingTimeInterval(Double(step))
            ).first
            wishes.insert(Sample.text(try #require(write).wish))
        }
        #expect(wishes.count == 1)
    }

    @Test(arguments: [
        (0.0, "Thu, 01 Jan 1970 00:00:00 UTC"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 UTC"), (-1, "Wed, 31 Dec 1969 23:59:59 UTC"),
    ])
    func `times as Go prints them`(seconds: Double, text: String) {
        #expect(GoTime.rfc1123(Date(timeIntervalSince1970: seconds)) == text)
    }
}
