import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Store
import TestKit
import Testing

@testable import Issuance

@Suite("Controller: certificates from an ACME CA") struct ControllerTests {
    @Test func `an Ingress gets its certificate, and nothing is left behind`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example", "b.example"]))
        try bench.start()
        let fact = try await bench.valid()
        #expect(fact.hosts == ["a.example", "b.example"] && fact.issuer == "ClusterIssuer/le" && fact.ingresses == ["web/a"])
        #expect(fact.failures == 0 && fact.lastError == nil && fact.message == nil)
        try await bench.eventually { bench.storedNames() == ["tls.yaml"] && bench.web.tokens.isEmpty }
        #expect(bench.storedNames(namespace: "certctl-system") == ["le-account.yaml"])
        let secret = try #require(try await bench.storedSecret("tls"))
        #expect(secret.type == "kubernetes.io/tls" && secret.data.keys.sorted() == ["tls.crt", "tls.key"])
        #expect(secret.metadata.labels["app.kubernetes.io/managed-by"] == "certctl")
        #expect(secret.metadata.annotations["cert-manager.io/certificate-name"] == "tls")
        #expect(secret.metadata.annotations["cert-manager.io/issuer-name"] == "le")
        #expect(secret.metadata.annotations["cert-manager.io/issuer-kind"] == "ClusterIssuer")
        #expect(secret.metadata.annotations["cert-manager.io/issuer-group"] == "cert-manager.io")
        #expect(secret.metadata.annotations["cert-manager.io/alt-names"] == "a.example,b.example")
        #expect(secret.metadata.annotations["cert-manager.io/uri-sans"] == "")
        let keyPair = try await bench.keyPair()
        #expect(keyPair.leaf.covers(host("a.example")) && keyPair.leaf.covers(host("b.example")))
        #expect(keyPair.leaf.serialNumber == fact.serialNumber && keyPair.leaf.sha256Fingerprint == fact.fingerprint)
        await bench.stop()
    }

    @Test func `why a certificate was issued is known, also when an update shows it before its writer knows that it is written`()
        async throws
    {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        let fate = Fate(written: { secret in
            guard secret.name == "tls" else { return }
            do { try await bench.eventually { try await bench.fact()?.fingerprint != nil } } catch { Issue.record(error) }
        })
        try bench.start(fate)
        #expect(try await bench.fact { $0.issued != nil }.issuedReason == "DoesNotExist")
        await bench.stop()
    }

    @Test func `a hundred certificates that start at once share one account, also after a restart`() async throws {
        let bench = try Bench()
        let names = (0..<100).map { "n\($0)" }
        try bench.write("a.yaml", Manifest.acme())
        try bench.write("b.yaml", names.map { Manifest.ingress($0, hosts: ["\($0).example"], secret: $0) }.joined(separator: "\n---\n"))
        try bench.start()
        try await bench.eventually { try await bench.controller.facts().filter { $0.state == .valid }.count == 100 }
        var counts = await bench.ca.counts
        #expect(counts.accounts == 1 && counts.certificates == 100 && counts.requests[.newAccount] == 1)
        await bench.stop()
        try bench.write("c.yaml", Manifest.ingress("more", hosts: ["more.example"], secret: "more"))
        try bench.start()
        try await bench.valid("more")
        counts = await bench.ca.counts
        #expect(counts.accounts == 1 && counts.certificates == 101 && counts.requests[.newAccount] == 1)
        await bench.stop()
    }

    @Test func `a certificate is renewed when two thirds of its lifetime are over, by the clock alone`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let first = try await bench.valid()
        let renewAt = try #require(first.renewAt)
        try await bench.passTime(until: renewAt.addingTimeInterval(-1))
        #expect(try await bench.fact()?.serialNumber == first.serialNumber)
        try await bench.passTime(until: renewAt.addingTimeInterval(1))
        let second = try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect((second.notAfter ?? noon) > (first.notAfter ?? noon))
        #expect(await bench.ca.counts.certificates == 2)
        await bench.stop()
    }

    @Test func `names added and removed, and another issuer, re-issue`() async throws {
        let bench = try Bench()
        try bench.write("issuers.yaml", Manifest.acme(), Manifest.acme("other"))
        try bench.write("a.yaml", Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let first = try await bench.valid()
        try bench.write("a.yaml", Manifest.ingress("a", hosts: ["a.example", "b.example"]))
        let second = try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect(try await bench.keyPair().leaf.dnsNames == ["a.example", "b.example"])
        try bench.write("a.yaml", Manifest.ingress("a", hosts: ["b.example"]))
        let third = try await bench.fact { $0.state == .valid && $0.serialNumber != second.serialNumber }
        #expect(try await bench.keyPair().leaf.dnsNames == ["b.example"])
        try bench.write(
            "a.yaml", Manifest.ingress("a", hosts: ["b.example"], annotations: ["cert-manager.io/cluster-issuer": "other"]))
        let fourth = try await bench.fact { $0.state == .valid && $0.serialNumber != third.serialNumber }
        #expect(fourth.issuer == "ClusterIssuer/other")
        let counts = await bench.ca.counts
        #expect(counts.certificates == 4 && counts.accounts == 2)
        await bench.stop()
    }

    @Test func `a key algorithm is honoured`() async throws {
        let bench = try Bench()
        var annotations = Make.clusterIssuer
        annotations["cert-manager.io/private-key-algorithm"] = "RSA"
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"], annotations: annotations))
        try bench.start()
        try await bench.valid()
        #expect(try await bench.keyPair().keyAlgorithm == .rsa(bits: 2048))
        await bench.stop()
    }

    @Test func `renew issues anew although nothing is due; what cannot be issued is refused`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.write("b.yaml", Manifest.ingress("b", hosts: ["b.example"], secret: "nobody", annotations: [:]))
        try bench.start()
        let first = try await bench.valid()
        try await bench.controller.renew(NamespacedName(namespace: "web", name: "tls"))
        try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect(await bench.ca.counts.certificates == 2)
        for name in ["nobody", "unknown"] {
            await #expect(throws: RenewalRefusal.self) {
                try await bench.controller.renew(NamespacedName(namespace: "web", name: name))
            }
        }
        #expect(try await bench.controller.renewAllDue().isEmpty)
        await bench.stop()
    }

    @Test func `the log holds neither keys nor tokens`() async throws {
        let bench = try Bench()
        await bench.ca.change { $0.failures = ["b.example": Problem(type: "urn:ietf:params:acme:error:unauthorized", detail: "no")] }
        try bench.write(
            "a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]),
            Manifest.ingress("b", hosts: ["b.example"], secret: "b"))
        try bench.start()
        try await bench.valid()
        try await bench.fact("b") { $0.state == .failing }
        await bench.stop()
        let text = bench.log.text
        #expect(text.contains("issued a certificate") && text.contains("serial="))
        #expect(!text.contains("PRIVATE KEY") && !text.contains("BEGIN"))
        for token in bench.web.seen { #expect(!text.contains(token)) }
    }
}
