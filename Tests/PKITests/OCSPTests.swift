import FoundationEssentials
import TestKit
import Testing

@testable import PKI

@Suite("OCSP, RFC 6960") struct OCSPTests {
    /// What a response says about a certificate, or why it says nothing.
    private func evidence(
        _ response: [UInt8], _ certificate: Certificate, _ issuer: Certificate, at now: Date = Date()
    ) throws -> RevocationEvidence {
        try OCSPResponse.evidence(in: response, about: certificate, issuer: issuer, at: now)
    }

    @Test func `openssl's responder is understood: good, revoked with reason and time, unknown`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test")
        let request = try OCSPRequest(for: leaf, issuer: ca.certificate)
        let good = try evidence(try await ca.respond(to: request.der), leaf, ca.certificate)
        #expect(good.status == .good)
        #expect(abs(good.thisUpdate.timeIntervalSinceNow) < 60)
        #expect(abs((good.nextUpdate ?? .distantPast).timeIntervalSinceNow - 2 * 86_400) < 60)
        try await ca.revoke("a.test", reason: "superseded")
        guard case .revoked(let at, .superseded) = try evidence(try await ca.respond(to: request.der), leaf, ca.certificate).status else {
            Issue.record("not revoked")
            return
        }
        #expect(abs(at.timeIntervalSinceNow) < 60)
        try ca.folder.write("", to: "index.txt")
        #expect(try evidence(try await ca.respond(to: request.der), leaf, ca.certificate).status == .unknown)
    }

    @Test func `a responder that the issuer has named for it may answer, another certificate of the issuer may not`() async throws {
        let (ca, other) = (try await RevocationCA(), try await RevocationCA())
        let leaf = try await ca.issue("a.test")
        _ = try await ca.issue("responder.test", more: ["extendedKeyUsage = OCSPSigning"])
        _ = try await ca.issue("server.test", more: ["extendedKeyUsage = serverAuth"])
        _ = try await other.issue("responder.test", more: ["extendedKeyUsage = OCSPSigning"])
        let request = try OCSPRequest(for: leaf, issuer: ca.certificate).der
        let delegated = try await ca.respond(to: request, signer: "responder.test")
        #expect(try evidence(delegated, leaf, ca.certificate).status == .good)
        let byName = try await ca.respond(to: request, signer: "responder.test", ["-ndays", "1", "-resp_key_id"])
        #expect(try evidence(byName, leaf, ca.certificate).status == .good)
        let ordinary = try await ca.respond(to: request, signer: "server.test")
        #expect(code { _ = try evidence(ordinary, leaf, ca.certificate) } == .badSignature)
        for name in ["responder.test.pem", "responder.test.key"] {
            try ca.folder.write(other.folder.read(name), to: "foreign" + name.suffix(4))
        }
        let foreign = try await ca.respond(to: request, signer: "foreign")
        #expect(code { _ = try evidence(foreign, leaf, ca.certificate) } == .badSignature)
        // Its certificate has run out, though the answer has not.
        let later = Date(timeIntervalSinceNow: 31 * 86_400)
        let long = try await ca.respond(to: request, signer: "responder.test", ["-ndays", "60"])
        #expect(code { _ = try evidence(long, leaf, ca.certificate, at: later) } == .badSignature)
    }

    @Test func `an answer that is about another certificate or from another CA proves nothing`() async throws {
        let (ca, twin) = (try await RevocationCA(), try await RevocationCA())
        let (leaf, sibling) = (try await ca.issue("a.test"), try await ca.issue("b.test"))
        let response = try await ca.respond(to: OCSPRequest(for: sibling, issuer: ca.certificate).der)
        #expect(code { _ = try evidence(response, leaf, ca.certificate) } == .malformed)
        #expect(message { _ = try evidence(response, leaf, ca.certificate) }.contains("says nothing about the certificate"))
        // A CA of the same name with another key.
        #expect(code { _ = try evidence(response, sibling, twin.certificate) } == .badSignature)
        let broken = try await ca.respond(to: OCSPRequest(for: leaf, issuer: ca.certificate).der, signer: "ca", ["-ndays", "2", "-badsig"])
        #expect(code { _ = try evidence(broken, leaf, ca.certificate) } == .badSignature)
    }

    @Test func `an answer counts in its time, give or take five minutes`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test")
        let request = try OCSPRequest(for: leaf, issuer: ca.certificate).der
        let response = try await ca.respond(to: request)
        let known = try evidence(response, leaf, ca.certificate)
        let end = try #require(known.nextUpdate)
        for (now, isGood) in [(known.thisUpdate - 301, false), (end + 299, true), (end + 301, false)] {
            #expect((code { _ = try evidence(response, leaf, ca.certificate, at: now) } == nil) == isGood, "\(now)")
        }
        #expect(message { _ = try evidence(response, leaf, ca.certificate, at: end + 400) }.contains("is out of date since"))
        // Without an end it is believed for a day.
        let endless = try await ca.respond(to: request, signer: "ca", [])
        let since = try evidence(endless, leaf, ca.certificate).thisUpdate
        #expect(try evidence(endless, leaf, ca.certificate, at: since + 86_400).nextUpdate == nil)
        #expect(code { _ = try evidence(endless, leaf, ca.certificate, at: since + 86_402) } == .badValidity)
    }

    @Test(
        arguments: [
            (1000, 2000, 699, false), (1000, 2000, 700, true), (1000, 2000, 2300, true), (1000, 2000, 2301, false),
            (1000, 999, 1000, false),
            (1000, nil, 700, true), (1000, nil, 87_400, true), (1000, nil, 87_401, false),
        ] as [(Int64, Int64?, Double, Bool)])
    func `a time between two updates`(thisUpdate: Int64, nextUpdate: Int64?, now: Double, isGood: Bool) {
        let window = RevocationWindow(thisUpdate: thisUpdate, nextUpdate: nextUpdate)
        #expect((code { try window.check(at: Date(timeIntervalSince1970: now), "it") } == nil) == isGood)
    }

    @Test func `what is no response, or one of an error, is refused in words`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test")
        for (status, words) in [
            (1, "malformed"), (2, "internal error"), (3, "try later"), (5, "signed"), (6, "not authorized"), (9, "status 9"),
        ] {
            let response: [UInt8] = [0x30, 3, 0x0A, 1, UInt8(status)]
            #expect(code { _ = try evidence(response, leaf, ca.certificate) } == .refused)
            #expect(message { _ = try evidence(response, leaf, ca.certificate) }.contains(words))
        }
        // Successful, with nothing in it.
        #expect(code { _ = try evidence([0x30, 3, 0x0A, 1, 0], leaf, ca.certificate) } == .malformed)
        let limit = PKILimits.ocspResponseBytesMax
        for (count, expected) in [(0, PKIError.Code.malformed), (limit, .malformed), (limit + 1, .tooLarge(got: limit + 1, limit: limit))] {
            #expect(code { _ = try evidence([UInt8](repeating: 0x30, count: count), leaf, ca.certificate) } == expected)
        }
        let response = try await ca.respond(to: OCSPRequest(for: leaf, issuer: ca.certificate).der)
        for count in response.indices { #expect(code { _ = try evidence(Array(response[..<count]), leaf, ca.certificate) } != nil) }
        #expect(code { _ = try evidence(response + [0], leaf, ca.certificate) } == .malformed)
        var random = SeededRandom(seed: 6960)
        for _ in 0..<500 {
            var damaged = response
            damaged[Int.random(in: damaged.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            // Some bytes are not covered by the signature; none of them may make another statement.
            if let found = try? evidence(damaged, leaf, ca.certificate) { #expect(found.status == .good) }
        }
    }
}
