import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("Controller: Secrets of others") struct OwnershipTests {
    @Test(arguments: ["usable", "expired", "not covering", "broken"])
    func `a foreign Secret in the state folder is never touched`(kind: String) async throws {
        let bench = try Bench()
        let secret =
            switch kind {
            case "usable": try Make.keyPair("tls", ["a.example"])
            case "expired": try Make.keyPair("tls", ["a.example"], from: noon.addingTimeInterval(-9), until: noon.addingTimeInterval(-1))
            case "not covering": try Make.keyPair("tls", ["b.example"])
            default: Secret(metadata: ObjectMeta(namespace: "web", name: "tls"), data: ["tls.crt": [65], "tls.key": [66]])
            }
        try await bench.plant(secret)
        let before = bench.stored("tls")
        try bench.write(
            "a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]),
            Manifest.ingress("b", hosts: ["b.example"], secret: "other"))
        try bench.start()
        try await bench.valid("other")
        let fact = try #require(try await bench.fact())
        #expect(fact.state == .foreign)
        #expect((fact.message == nil) == (kind == "usable"))
        await #expect(throws: RenewalRefusal.self) { try await bench.controller.renew(NamespacedName(namespace: "web", name: "tls")) }
        try await bench.passTime(until: noon.addingTimeInterval(days(100)))
        await bench.stop()
        #expect(before != nil && bench.stored("tls") == before)
    }

    @Test func `a Secret among the manifests is never written, even if it looks like ours, and nothing is ordered for it`() async throws {
        let bench = try Bench()
        let secret = try Make.certManager("tls", ["old.example"])
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]), Manifest.secret(secret))
        try bench.start()
        let fact = try await bench.fact { $0.state == .foreign }
        #expect(fact.message?.contains("does not cover a.example") == true)
        #expect(await bench.ca.counts.orders == 0)
        try await bench.eventually { bench.storedNames().isEmpty }
        // Once the user takes it away, it is ours to make.
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try await bench.valid()
        await bench.stop()
    }

    @Test func `a Secret that appears while its certificate is being ordered is not overwritten`() async throws {
        let bench = try Bench()
        await bench.ca.change { $0.processingPolls = 3 }
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        let secret = Manifest.secret(try Make.keyPair("tls", ["a.example"]))
        let planter = Task {
            try await bench.eventually { await bench.ca.counts.orders == 1 }
            try bench.write("secret.yaml", secret)
        }
        try bench.start()
        try await planter.value
        try await bench.fact { $0.state == .foreign }
        try await bench.eventually { bench.storedNames().allSatisfy { $0 == "tls.yaml" } }
        await bench.stop()
    }

    @Test func `labels and annotations of others stay on a Secret that is renewed`() async throws {
        let bench = try Bench()
        var secret = try Make.ours("tls", ["old.example"])
        secret.metadata.labels["team"] = "shop"
        secret.metadata.annotations["reloader"] = "true"
        secret.data["ca.crt"] = Array("stale".utf8)
        try await bench.plant(secret)
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        try await bench.valid()
        let written = try #require(try await bench.storedSecret("tls"))
        #expect(written.metadata.labels["team"] == "shop" && written.metadata.annotations["reloader"] == "true")
        #expect(written.data["ca.crt"] == nil)
        await bench.stop()
    }

    @Test func `an account key that somebody else made is used and left as it is`() async throws {
        let bench = try Bench()
        let key = try PrivateKey.generate(.rsa(bits: 2048)).pem().copy()
        let account = Secret(metadata: ObjectMeta(namespace: "certctl-system", name: "le-account"), data: ["tls.key": key])
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]), Manifest.secret(account))
        for _ in 0..<2 {
            try bench.start()
            try await bench.valid()
            await bench.stop()
        }
        #expect(await bench.ca.counts.accounts == 1)
        #expect(bench.storedNames(namespace: "certctl-system").isEmpty)
    }

    @Test func `somebody else's Secret in the place of our record is an error that says so`() async throws {
        let bench = try Bench()
        try await bench.plant(Secret(metadata: ObjectMeta(namespace: "web", name: "certctl-order-tls"), data: ["x": [1]]))
        let before = bench.stored("certctl-order-tls")
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let fact = try await bench.fact { $0.state == .failing }
        #expect(fact.lastError == "Secret web/certctl-order-tls is needed for the pending order, but is not ours")
        await bench.stop()
        #expect(bench.stored("certctl-order-tls") == before)
    }
}

@Suite("Controller: issuers without an ACME server") struct LocalIssuerTests {
    @Test func `a self-signed issuer gives a laptop HTTPS at once, renews it, and honours the duration`() async throws {
        let bench = try Bench()
        try bench.write(
            "a.yaml", Manifest.issuer("self", spec: "{selfSigned: {}}"),
            Manifest.ingress("a", hosts: ["laptop.localhost", "127.0.0.1"], annotations: ["cert-manager.io/duration": "2h"]))
        try bench.start(settings: IssuanceSettings(defaultIssuer: IssuerName("self")))
        let first = try await bench.valid()
        let keyPair = try await bench.keyPair()
        #expect(keyPair.leaf.dnsNames == ["laptop.localhost"] && keyPair.leaf.ipAddresses == ["127.0.0.1"])
        #expect(keyPair.leaf.isSelfIssued && !keyPair.leaf.isCA)
        #expect(keyPair.leaf.notAfter.timeIntervalSince(keyPair.leaf.notBefore) == 7260)
        let secret = try #require(try await bench.storedSecret("tls"))
        #expect(secret.data["ca.crt"] == secret.data["tls.crt"])
        try await bench.passTime(until: try #require(first.renewAt).addingTimeInterval(1))
        try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect(bench.storedNames() == ["tls.yaml"])
        await bench.stop()
    }

    @Test func `a CA issuer signs with the key of its Secret, and OpenSSL trusts it for its names alone`() async throws {
        let bench = try Bench()
        let root = try Make.keyPair("root", namespace: "certctl-system", [], until: noon.addingTimeInterval(days(3000)), isCA: true)
        try bench.write(
            "a.yaml", Manifest.secret(root),
            Manifest.issuer("ca", spec: "{ca: {secretName: root, crlDistributionPoints: [\"http://crl.example/r\"]}}"),
            Manifest.ingress("a", hosts: ["a.example"], annotations: ["cert-manager.io/cluster-issuer": "ca"]))
        try bench.start()
        let fact = try await bench.valid()
        let secret = try #require(try await bench.storedSecret("tls"))
        #expect(secret.data["ca.crt"] == root.data["tls.crt"])
        let keyPair = try await bench.keyPair()
        let authority = try #require(try CertificateChain.parse(pem: root.data["tls.crt"] ?? []).first)
        #expect(keyPair.chain.count == 1 && keyPair.leaf.isIssued(by: authority) && keyPair.leaf.crlURLs == ["http://crl.example/r"])
        #expect(fact.issuer == "ClusterIssuer/ca")
        #expect(try await bench.openssl(verifies: secret, host: "a.example") == 0)
        #expect(try await bench.openssl(verifies: secret, host: "b.example") != 0)
        await bench.stop()
    }

    @Test func `an Issuer reads its CA from its own namespace, and waits until it is there`() async throws {
        let bench = try Bench()
        try bench.write(
            "a.yaml", Manifest.issuer("ca", kind: "Issuer", spec: "{ca: {secretName: root}}"),
            Manifest.ingress("a", hosts: ["a.example"], annotations: ["cert-manager.io/issuer": "ca"]))
        try bench.start()
        #expect(try await bench.fact { $0.state == .blocked }.message == "Issuer web/ca is not ready: its Secret web/root does not exist")
        try bench.write("root.yaml", Manifest.secret(try Make.keyPair("root", [], isCA: true)))
        let fact = try await bench.valid()
        #expect((fact.notAfter ?? noon) <= noon.addingTimeInterval(days(89)))
        await bench.stop()
    }

    @Test func `a CA that may not sign fails in plain words`() async throws {
        let bench = try Bench()
        try bench.write(
            "a.yaml", Manifest.secret(try Make.keyPair("root", namespace: "certctl-system", ["x.example"])),
            Manifest.issuer("ca", spec: "{ca: {secretName: root}}"),
            Manifest.ingress("a", hosts: ["a.example"], annotations: ["cert-manager.io/cluster-issuer": "ca"]))
        try bench.start()
        let fact = try await bench.fact { $0.state == .failing }
        #expect(fact.lastError?.hasPrefix("the CA in Secret certctl-system/root cannot sign: ") == true)
        try bench.write(
            "a.yaml", Manifest.secret(try Make.keyPair("root", namespace: "certctl-system", [], isCA: true)),
            Manifest.issuer("ca", spec: "{ca: {secretName: root}}"),
            Manifest.ingress("a", hosts: ["a.example"], annotations: ["cert-manager.io/cluster-issuer": "ca"]))
        try await bench.valid()
        await bench.stop()
    }
}
