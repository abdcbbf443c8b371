import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("Facts about what is there") struct FactTests {
    @Test(arguments: [(0.0, 1.0), (-1, 1), (45, 0.5), (60, 0.333), (90, 0), (91, 0)])
    func `what is left of a lifetime is a fraction`(day: Double, left: Double) {
        #expect(
            CertificateFact.lifetimeLeft(
                notBefore: noon, notAfter: noon.addingTimeInterval(days(90)), now: noon.addingTimeInterval(days(day))) == left)
    }

    @Test func `a lifetime that has no length is over or to come`() {
        #expect(CertificateFact.lifetimeLeft(notBefore: noon, notAfter: noon, now: noon) == 0)
        #expect(CertificateFact.lifetimeLeft(notBefore: noon, notAfter: noon, now: noon.addingTimeInterval(-1)) == 1)
        #expect(CertificateFact.lifetimeLeft(notBefore: noon, notAfter: noon.addingTimeInterval(-9), now: noon) == 0)
    }

    @Test func `key and CA are told in words`() throws {
        let world = World(
            Make.ingress("a", tls: [(["a.example"], "tls")]), secrets: [try Make.ours("tls", ["a.example"], key: .rsa(bits: 2048))])
        let fact = try world.fact()
        #expect(fact.keyAlgorithm == "RSA 2048")
        #expect(fact.certificateIssuer != nil && fact.chainProblems == nil)
        #expect(fact.lifetimeLeft == 0.989)
        #expect(fact.advice == nil)
    }

    // MARK: Why it is renewed when it is

    private func words(_ annotations: [String: String] = Make.clusterIssuer, renewal: RenewalWindow? = nil, moment: Date? = nil) throws
        -> String?
    {
        var secret = try Make.ours("tls", ["a.example"])
        if let renewal {
            let leaf = try #require(try CertificateChain.parse(pem: secret.data["tls.crt"] ?? []).first)
            var chosen = ChosenRenewal(in: renewal, certificate: leaf.sha256Fingerprint, draw: 0)
            if let moment { chosen.moment = moment }
            secret.metadata.annotations[ObjectKeys.renewalAnnotation] = chosen.annotation
        }
        return try World(Make.ingress("a", annotations, tls: [(["a.example"], "tls")]), secrets: [secret]).fact().renewReason
    }

    @Test func `the usual part of the lifetime is named`() throws {
        let words = try #require(try words())
        let percent = try #require(Int(words.prefix(2)))
        #expect((60...70).contains(percent) && words.hasSuffix("% of its lifetime are over then"))
    }

    @Test func `so are the annotation and the CA`() throws {
        let renewBefore = Make.clusterIssuer.merging(["cert-manager.io/renew-before": "720h"]) { $1 }
        #expect(try words(renewBefore) == "annotation cert-manager.io/renew-before")
        let window = RenewalWindow(
            start: noon.addingTimeInterval(days(10)), end: noon.addingTimeInterval(days(11)), explanationURL: "https://ca.test/why")
        #expect(try words(renewal: window) == "asked for by the CA (ARI): https://ca.test/why")
        #expect(try words(renewBefore, renewal: window) == "asked for by the CA (ARI): https://ca.test/why")
        let late = RenewalWindow(start: noon.addingTimeInterval(days(88.9)), end: noon.addingTimeInterval(days(88.95)))
        #expect(try words(renewal: late) == "its end is near, although the CA (ARI) would have it later")
        #expect(try words(renewBefore, renewal: late) == "annotation cert-manager.io/renew-before")
    }

    @Test func `so is the queue`() {
        var fact = CertificateFact(namespace: "web", secretName: "tls", hosts: ["a.example"], state: .pending)
        fact.setTurn(Agenda.Turn(at: noon, reason: "50 certificates per domain"))
        #expect(fact.renewReason == "queued: 50 certificates per domain" && fact.queueReason == "50 certificates per domain")
        fact.setTurn(Agenda.Turn(at: noon, reason: ""))
        #expect(fact.renewReason == "queued: the limits of the CA" && fact.queueReason == nil)
    }

    // MARK: The chain

    /// Root, intermediate of 10 days, and leaf of 90 days, of the CLI.
    private struct Hierarchy {
        let root: Certificate
        let intermediate: Certificate
        let leaf: Certificate

        init() async throws {
            let folder = try TemporaryFolder("certctl-chain")
            try folder.write("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n", to: "ca.cnf")
            try folder.write(
                "subjectAltName=DNS:a.example\nauthorityKeyIdentifier=keyid\nauthorityInfoAccess=caIssuers;URI:http://ca.test/ca.der\n",
                to: "leaf.cnf")
            let path = folder.path + "/"
            for step in [
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 3000",
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.csr -subj /CN=Middle",
                "x509 -req -in ca.csr -CA root.pem -CAkey root.key -set_serial 5 -days 10 -extfile ca.cnf -out ca.pem",
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=a.example",
                "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 6 -days 90 -extfile leaf.cnf -out leaf.pem",
            ] {
                let arguments = step.split(separator: " ").map { word in
                    word.contains(".") && !word.contains("=") && !word.contains("/") ? path + word : String(word)
                }
                let ended = try await ChildProcess.run(["openssl"] + arguments, in: folder)
                try #require(ended.status == 0, "\(step): \(ended.output)")
            }
            func read(_ name: String) throws -> Certificate {
                try #require(try CertificateChain.parse(pem: Array(Data(contentsOf: URL(filePath: path + name)))).first)
            }
            (root, intermediate, leaf) = (try read("root.pem"), try read("ca.pem"), try read("leaf.pem"))
        }

        func problems(_ certificates: [Certificate], isSignedHere: Bool = false, afterDays: Double = 1) -> [String] {
            ChainReview.problems(
                CertificateChain(repairing: certificates, leaf: leaf), isSignedHere: isSignedHere,
                now: leaf.notBefore.addingTimeInterval(days(afterDays)))
        }
    }

    @Test func `a chain is reviewed as it stands in the Secret`() async throws {
        let all = try await Hierarchy()
        let short =
            "the intermediate certificate \"Middle\" ends at \(all.intermediate.notAfter.formatted(.iso8601)), before the certificate that it signed"
        #expect(all.problems([all.leaf, all.intermediate]) == [short])
        #expect(
            all.problems([all.leaf, all.intermediate], afterDays: 11)
                == ["the intermediate certificate \"Middle\" ended at \(all.intermediate.notAfter.formatted(.iso8601))"])
        #expect(
            all.problems([all.intermediate, all.leaf])
                == ["tls.crt has its certificates in the wrong order; certctl serves them in the right one", short])
        #expect(
            all.problems([all.leaf])
                == ["the intermediate certificate \"Middle\" is missing: clients that do not have it already refuse the chain"])
        // Of our own CA it is known that there is none.
        #expect(all.problems([all.leaf], isSignedHere: true).isEmpty)
        let stranger = try SelfSigned.issue(
            key: PrivateKey.generate(.ecdsaP256), dnsNames: [host("b.example")], notBefore: noon, notAfter: noon.addingTimeInterval(60),
            isCA: false, commonName: nil)
        #expect(
            all.problems([all.leaf, all.intermediate, stranger])
                == ["1 certificate in tls.crt does not belong to the chain, and will not be served", short])
        // A root besides is needless, and nothing is wrong with it.
        #expect(all.problems([all.leaf, all.intermediate, all.root]) == [short])
    }
}
