import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import ACME

@Suite("Certificates, RFC 8555 §7.4.2")
struct CertificateTests {
    @Test(arguments: [FakeCA.Product.otherKey, .expired])
    func `a certificate that is not what was ordered is not handed out, and the order is not asked again`(product: FakeCA.Product)
        async throws
    {
        let bench = try Bench { $0.product = product }
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .certificateRefused)
        #expect(error?.fault == .certificateAuthority)
        let record = try #require(try bench.journal.load())
        #expect(record.orderURL == nil)
        await bench.ca.change { $0.product = .right }
        let issued = try await driver.run(request, resuming: record)
        #expect(issued.keyPEM.copy() == record.privateKeyPEM.copy())
    }

    @Test func `a chain that arrives damaged is downloaded again`() async throws {
        let bench = try Bench()
        await bench.ca.script(.truncate(to: 100), at: .certificate, times: 2)
        _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        #expect(await bench.ca.counts.requests[.certificate] == 3)
        #expect(await bench.ca.counts.orders == 1)
    }

    @Test func `the preferred chain is taken when there is one`() async throws {
        for (wanted, expected) in [("Fake CA B", "Fake CA B"), ("Fake CA A", "Fake CA A"), ("Nobody", "Fake CA A")] {
            let bench = try Bench { $0.offersAlternate = true }
            let request = OrderRequest(identifiers: [Sample.name], preferredChain: wanted)
            let issued = try await bench.driver().run(request, resuming: nil)
            #expect(ChainPreference.commonName(of: issued.keyPair.leaf.issuer) == expected)
        }
    }

    @Test func `a preferred chain that cannot be had costs no certificate`() async throws {
        let bench = try Bench { $0.offersAlternate = true }
        await bench.ca.script(.problem(404, "malformed"), at: .certificate, skipping: 1, times: 10)
        let request = OrderRequest(identifiers: [Sample.name], preferredChain: "Fake CA B")
        let issued = try await bench.driver().run(request, resuming: nil)
        #expect(ChainPreference.commonName(of: issued.keyPair.leaf.issuer) == "Fake CA A")
    }

    /// A certificate for these names, checked against an order for those.
    private func check(_ names: [String], ordered: [String]) throws -> TLSKeyPair {
        let now = ManualTime().now()
        let key = try PrivateKey.generate(.ecdsaP256)
        let identifiers = try names.map { try ACMEIdentifier(parsing: $0) }
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: identifiers.compactMap(\.dnsName), ipAddresses: identifiers.filter { $0.kind == .ip }.map(\.value),
            notBefore: now.addingTimeInterval(3600), notAfter: now.addingTimeInterval(7200))
        let check = CertificateCheck(identifiers: try ordered.map { try ACMEIdentifier(parsing: $0) }, privateKeyPEM: key.pem(), now: now)
        return try check.keyPair(from: Array(PEM.encode([certificate]).utf8), subject: "certificate")
    }

    @Test func `every name that was ordered must be in the certificate`() throws {
        _ = try check(["a.example", "*.b.example", "::1"], ordered: ["*.b.example", "a.example", "0:0:0:0:0:0:0:1"])
        for (names, ordered, missing) in [
            (["a.example"], ["a.example", "b.example"], "b.example"), (["*.a.example"], ["x.a.example"], "x.a.example"),
            (["a.example"], ["a.example", "192.0.2.1"], "192.0.2.1"), (["x.a.example"], ["*.a.example"], "*.a.example"),
        ] {
            do {
                _ = try check(names, ordered: ordered)
                Issue.record("\(names) for \(ordered) was accepted")
            } catch let error as ACMEError {
                #expect("\(error)" == "certificate: the certificate lacks \(missing)")
            }
        }
    }

    @Test func `no name that was not ordered may be in the certificate`() throws {
        for (names, surplus) in [
            (["a.example", "www.a.example"], "www.a.example"), (["a.example", "192.0.2.1"], "192.0.2.1"),
            (["*.a.example", "a.example"], "*.a.example"),
        ] {
            do {
                _ = try check(names, ordered: ["a.example"])
                Issue.record("\(names) was accepted")
            } catch let error as ACMEError {
                #expect("\(error)" == "certificate: the certificate has names that were not ordered: \(surplus)")
            }
        }
    }

    @Test func `text around the chain is not handed out`() async throws {
        let bench = try Bench()
        let issued = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        let text = String(decoding: issued.chainPEM, as: UTF8.self)
        #expect(text.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(text.hasSuffix("-----END CERTIFICATE-----\n"))
    }
}

@Suite("newOrder: profile, replaces, dates")
struct NewOrderTests {
    @Test func `a profile that is offered is asked for, another is named before anything is sent`() async throws {
        let bench = try Bench { $0.profiles = ["classic": "long", "shortlived": "six days"] }
        let driver = try await bench.driver()
        _ = try await driver.run(OrderRequest(identifiers: [Sample.name], profile: "shortlived"), resuming: nil)
        let wrong = OrderRequest(identifiers: [Sample.name], profile: "tlsserver")
        let error = await failure { () throws(ACMEError) in try await driver.run(wrong, resuming: nil) }
        #expect(error?.code == .profileNotOffered)
        #expect(error?.reason == "profile \"tlsserver\" is not offered; the CA offers classic, shortlived")
        #expect(await bench.ca.counts.requests[.newOrder] == 1)
    }

    @Test func `replaces is left out when the CA refuses it`() async throws {
        for type in ["alreadyReplaced", "malformed"] {
            let bench = try Bench()
            if type == "malformed" {
                await bench.ca.script(.problem(400, type, "unknown field \"replaces\""), at: .newOrder)
            } else {
                await bench.ca.change { $0.alreadyReplaced = ["aki.serial"] }
            }
            _ = try await bench.driver().run(OrderRequest(identifiers: [Sample.name], replaces: "aki.serial"), resuming: nil)
            #expect(await bench.ca.counts.requests[.newOrder] == 2)
            #expect(await bench.ca.counts.orders == 1)
        }
    }

    @Test func `a refused order is reported with its subproblems and is not repeated`() async throws {
        let bench = try Bench()
        let part = Problem(type: Problem.typePrefix + "rejectedIdentifier", detail: "on a block list", identifier: Sample.name)
        let words = Problem(type: Problem.typePrefix + "rejectedIdentifier", detail: "refused", status: 403, subproblems: [part])
        await bench.ca.script(
            .answer(
                ACMEHTTPResponse(
                    status: 403, headers: [("Content-Type", "application/problem+json")], body: Array(words.document.utf8))), at: .newOrder)
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .refused)
        #expect(error?.fault == .configuration)
        #expect(error?.problem == words)
        #expect(await bench.ca.counts.requests[.newOrder] == 1)
    }
}
