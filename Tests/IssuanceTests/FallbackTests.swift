import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("Controller: other issuers, rehearsals, names left out") struct FallbackTests {
    private static let fallback = "fallbackIssuerRefs: [{kind: ClusterIssuer, name: own}]"

    @Test func `a fallback issues while the CA is away, its certificate stays, and the next renewal asks the CA first`() async throws {
        let bench = try Bench()
        try bench.write(
            "a.yaml", Manifest.acme(extra: Self.fallback), Manifest.issuer("own", spec: "{selfSigned: {}}"),
            Manifest.ingress("a", hosts: ["a.example"]))
        bench.transports.setDown(true)
        try bench.start()
        let first = try await bench.valid()
        #expect(first.issuer == "ClusterIssuer/le" && first.issuedBy == "ClusterIssuer/own")
        #expect(first.notices?.first?.contains("ClusterIssuer/own issued, since ClusterIssuer/le failed") == true)
        bench.transports.setDown(false)
        try bench.write("b.yaml", Manifest.ingress("b", hosts: ["b.example"], secret: "other"))
        try await bench.valid("other")
        #expect(try await bench.fact()?.serialNumber == first.serialNumber)
        try await bench.passTime(until: try #require(first.renewAt).addingTimeInterval(1))
        let second = try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect(second.issuedBy == nil)
        #expect(try await bench.storedSecret("tls")?.metadata.annotations["cert-manager.io/issuer-name"] == "le")
        await bench.stop()
    }

    @Test func `a refusal that is ours goes to no fallback`() async throws {
        let bench = try Bench()
        try bench.write(
            "a.yaml", Manifest.acme(extra: Self.fallback), Manifest.issuer("own", spec: "{selfSigned: {}}"),
            Manifest.ingress("a", hosts: ["a.example"]))
        await bench.ca.change { $0.failures = ["a.example": Problem(type: "urn:ietf:params:acme:error:dns", detail: "no such host")] }
        try bench.start()
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.state == .failing && fact.lastError?.contains("no such host") == true)
        #expect(bench.stored("tls") == nil)
        await bench.stop()
    }

    @Test func `after three failures an order has to succeed at the staging directory before the CA is asked again`() async throws {
        let bench = try Bench()
        // The CA itself is away; the fake one is its staging directory.
        let issuer = Manifest.acme(extra: "stagingServer: https://ca.test/directory")
            .replacing("server: https://ca.test/directory\n    email", with: "server: https://prod.test/directory\n    email")
        try bench.write("a.yaml", issuer, Manifest.ingress("a", hosts: ["a.example"]))
        await bench.ca.change { $0.failures = ["a.example": Problem(type: "urn:ietf:params:acme:error:dns", detail: "no such host")] }
        try bench.start()
        for failure in 1...3 {
            let fact = try await bench.fact { $0.failures == failure }
            #expect(await bench.ca.counts.orders == 0)
            try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(1))
        }
        let asked = bench.transports.elsewhere
        let refused = try await bench.fact { $0.failures == 4 }
        #expect(refused.lastError?.hasPrefix("at the staging directory, before the CA is asked again: ") == true)
        #expect(refused.lastError?.contains("no such host") == true)
        #expect(bench.transports.elsewhere == asked)
        await bench.ca.change { $0.failures = [:] }
        try await bench.passTime(until: try #require(refused.nextAttempt).addingTimeInterval(1))
        try await bench.fact { $0.failures == 5 }
        // The rehearsal's certificate is thrown away; the CA was asked again, and is still away.
        #expect(await bench.ca.counts.certificates == 1)
        #expect(bench.transports.elsewhere > asked)
        #expect(bench.stored("tls") == nil)
        #expect(bench.storedNames(namespace: "certctl-system").contains("le-account-staging.yaml"))
        await bench.stop()
    }

    @Test func `a name that fails is left out with permission, shown, and added later`() async throws {
        let bench = try Bench()
        let problem = Problem(type: "urn:ietf:params:acme:error:dns", detail: "no such host")
        await bench.ca.change { $0.failures = ["b.example": problem] }
        var annotations = Make.clusterIssuer
        annotations["certctl.dev/partial"] = "true"
        try bench.write(
            "a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example", "b.example"], annotations: annotations))
        try bench.start()
        let first = try await bench.fact { $0.leftOut != nil && $0.nextAttempt != nil }
        #expect(first.leftOut?.map(\.name) == ["b.example"] && first.reason == "NamesLeftOut" && first.state == .failing)
        #expect(first.leftOut?.first?.problem.contains("no such host") == true)
        #expect(try await bench.keyPair().leaf.dnsNames == ["a.example"])
        let certificates = await bench.ca.counts.certificates
        try await bench.passTime(until: try #require(first.nextAttempt).addingTimeInterval(1))
        let second = try await bench.fact { $0.failures == 2 }
        // The same names once more would only cost the CA's patience.
        #expect(await bench.ca.counts.certificates == certificates && second.serialNumber == first.serialNumber)
        await bench.ca.change { $0.failures = [:] }
        try await bench.passTime(until: try #require(second.nextAttempt).addingTimeInterval(1))
        let whole = try await bench.valid()
        #expect(whole.leftOut == nil && whole.failures == 0)
        #expect(try await bench.keyPair().leaf.dnsNames.sorted() == ["a.example", "b.example"])
        await bench.stop()
    }
}
