import ACME
import Core
import DNS
import FoundationEssentials
import KubernetesAPI
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("dns-01 and CAA in the controller, RFC 8555 §8.4, RFC 8659") struct DNSChallengeTests {
    private static let solvers = "solvers: [{dns01: {rfc2136: {nameserver: 192.0.2.1}}}]"

    private func bench(_ hosts: [String] = ["a.example"]) async throws -> (Bench, FakeDNS) {
        let dns = FakeDNS()
        let bench = try Bench(txt: { dns.values(at: $0) })
        try bench.write("le.yaml", Manifest.acme(extra: Self.solvers))
        try bench.write("a.yaml", Manifest.ingress("a", hosts: hosts))
        return (bench, dns)
    }

    @Test func `a record is noted before it is written, and gone when the certificate is there`() async throws {
        let (bench, dns) = try await bench(["*.a.example", "a.example"])
        try bench.start(dns: dns)
        try await bench.valid()
        #expect(Set(dns.done) == ["present _acme-challenge.a.example", "clean up _acme-challenge.a.example"])
        try await bench.eventually { dns.records.isEmpty && bench.storedNames() == ["tls.yaml"] }
        #expect(try await bench.keyPair().leaf.dnsNames.sorted() == ["*.a.example", "a.example"])
        await bench.stop()
    }

    @Test func `whenever the process dies, the next one removes every record`() async throws {
        let (bench, dns) = try await bench()
        // Each half step until one life is enough.
        for moment in 1...200 {
            let fate = Fate(after: moment)
            try bench.start(fate, dns: dns)
            try await bench.eventually {
                if fate.isDead { return true }
                return try await bench.fact()?.state == .valid && bench.storedNames() == ["tls.yaml"]
            }
            await bench.stop()
            if !fate.isDead { break }
            #expect(moment < 200)
        }
        try bench.start(dns: dns)
        try await bench.valid()
        try await bench.eventually { dns.records.isEmpty && bench.storedNames() == ["tls.yaml"] }
        await bench.stop()
    }

    @Test func `a record that cannot be removed stays noted and is tried again, also after a restart`() async throws {
        let (bench, dns) = try await bench()
        dns.setCleanUpFails(true)
        try bench.start(dns: dns)
        try await bench.valid()
        try await bench.eventually { dns.done.filter { $0.hasPrefix("clean up") }.count >= 2 }
        #expect(bench.storedNames() == ["certctl-order-tls.yaml", "tls.yaml"] && dns.records.count == 1)
        await bench.stop()
        dns.setCleanUpFails(false)
        try bench.start(dns: dns)
        try await bench.eventually { dns.records.isEmpty && bench.storedNames() == ["tls.yaml"] }
        #expect(try await bench.valid().failures == 0)
        await bench.stop()
    }

    @Test func `the records of an issuer that is deleted are removed`() async throws {
        let (bench, dns) = try await bench()
        await bench.ca.change { $0.authorizationPolls = 1000 }
        try bench.start(dns: dns)
        try await bench.eventually { !dns.records.isEmpty }
        try bench.write("le.yaml", "# nothing")
        try await bench.fact { $0.state == .blocked }
        try await bench.eventually { dns.records.isEmpty }
        await bench.stop()
    }

    @Test func `a failed order leaves nothing in the DNS`() async throws {
        let (bench, dns) = try await bench()
        await bench.ca.change { $0.failures = ["a.example": Problem(type: "urn:ietf:params:acme:error:dns", detail: "no TXT")] }
        try bench.start(dns: dns)
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.lastError?.contains("no TXT") == true)
        try await bench.eventually { dns.records.isEmpty }
        await bench.stop()
    }

    @Test func `a record that does not appear is an error before the CA is told`() async throws {
        let (bench, dns) = try await bench()
        dns.setConfirmFails(true)
        try bench.start(dns: dns)
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.lastError?.contains("ns1 does not have it") == true)
        #expect(await bench.ca.counts.requests[.challenge, default: 0] == 0)
        await bench.stop()
    }

    @Test func `CAA records that forbid the CA are said without asking it, and unknown ones are a notice`() async throws {
        let (bench, dns) = try await bench()
        bench.transports.setIdentities(["ca.test"])
        dns.setVerdict(.refused("CAA of a.example allows other.test only"))
        try bench.start(dns: dns)
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(
            fact.lastError
                == "CAA records do not let the CA issue for a.example: CAA of a.example allows other.test only")
        #expect(await bench.ca.counts.orders == 0)
        let asked = try #require(dns.asked.first)
        #expect(asked.identities == ["ca.test"] && asked.validationMethod == "dns-01" && asked.accountURL != nil)
        dns.setVerdict(.unknown("SERVFAIL"))
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(1))
        let valid = try await bench.valid()
        #expect(valid.notices == ["the CAA records of a.example could not be judged, and the CA was asked: SERVFAIL"])
        await bench.stop()

        var settings = IssuanceSettings()
        settings.checksCAA = false
        dns.setVerdict(.refused("no"))
        try bench.write("b.yaml", Manifest.ingress("b", hosts: ["b.example"], secret: "other"))
        try bench.start(settings: settings, dns: dns)
        try await bench.valid("other")
        await bench.stop()
    }

    @Test func `a standing proof is looked for before the order, and its record is printed when it is missing`() async throws {
        let dns = FakeDNS()
        let bench = try Bench(txt: { dns.values(at: $0) })
        bench.transports.setIdentities(["ca.test"])
        await bench.ca.change { $0.challengeTypes.append("dns-persist-01") }
        try bench.write(
            "a.yaml", Manifest.acme(extra: "solvers: [{dnsPersist01: {}}]"), Manifest.ingress("a", hosts: ["*.a.example"]))
        try bench.start(dns: dns)
        let fact = try await bench.fact { $0.failures == 1 }
        let words = try #require(fact.lastError)
        #expect(words.contains("*.a.example has no standing proof for dns-persist-01; create this record: _validation-persist.a.example."))
        #expect(await bench.ca.counts.orders == 0)
        let value = try #require(words.split(separator: "\"").dropFirst().first)
        #expect(value.hasPrefix("ca.test; accounturi=") && value.hasSuffix("; policy=wildcard"))
        dns.setProof(String(value), at: "*.a.example")
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(1))
        try await bench.valid()
        await bench.stop()
    }
}
