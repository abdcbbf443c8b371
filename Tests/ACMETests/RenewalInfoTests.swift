import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import ACME

@Suite("Renewal information, RFC 9773")
struct RenewalInfoTests {
    /// A certificate, its identifier, and a CA that has this body for it.
    private static func prepared(_ body: String?, retryAfter: String? = nil) async throws -> (Town, ARICertificateID) {
        let town = try await Town()
        let issued = try await town.run(Town.request(["a.example"]))
        let identifier = try #require(ARICertificateID(issued.keyPair.leaf))
        await town.ca.change {
            if let body { $0.renewalInfo[identifier.text] = body }
            $0.renewalInfoRetryAfter = retryAfter
        }
        return (town, identifier)
    }

    static let start = Date(timeIntervalSince1970: 1_785_000_000)
    static let end = start.addingTimeInterval(86_400)

    @Test func `window, explanation and wait are read, without a signature`() async throws {
        let body = FakeCA.window(Self.start, Self.end, explanationURL: "https://ca.test/why?id=1")
        let (town, identifier) = try await Self.prepared(body, retryAfter: "7200")
        let info = try #require(try await town.client.renewalInfo(for: identifier))
        #expect(
            info
                == RenewalInfo(
                    windowStart: Self.start, windowEnd: Self.end, explanationURL: "https://ca.test/why?id=1", retryAfter: .hours(2)))
        #expect(await town.ca.counts.requests[.renewalInfo] == 1)
    }

    @Test(arguments: [
        (nil, Duration.hours(6)), ("0", .seconds(60)), ("59", .seconds(60)), ("61", .seconds(61)), ("86400", .days(1)), ("86401", .days(1)),
        ("99999999999999999999", .days(1)), ("soon", .hours(6)),
    ]) func `the wait is kept within a minute and a day`(value: String?, expected: Duration) async throws {
        let (town, identifier) = try await Self.prepared(FakeCA.window(Self.start, Self.end), retryAfter: value)
        #expect(try await town.client.renewalInfo(for: identifier)?.retryAfter == expected)
    }

    @Test(arguments: [
        "javascript:alert(1)", "https://ca.test/\\u001b[2J", "https://ca.test/a b", "file:///etc/passwd",
        "https://ca.test/" + String(repeating: "x", count: ACMELimits.urlBytesMax),
    ]) func `an explanation that is no plain link is not shown, the window counts`(url: String) async throws {
        let (town, identifier) = try await Self.prepared(FakeCA.window(Self.start, Self.end, explanationURL: url))
        let info = try #require(try await town.client.renewalInfo(for: identifier))
        #expect(info.explanationURL == nil)
        #expect(info.windowStart == Self.start)
    }

    @Test(arguments: [
        FakeCA.window(end, start), FakeCA.window(start, start), "{}", "[]", "{\"suggestedWindow\":{\"start\":\"now\",\"end\":\"later\"}}",
        "{\"suggestedWindow\":null}", "",
    ]) func `a window that is none is malformed`(body: String) async throws {
        let (town, identifier) = try await Self.prepared(body)
        let error = await failure { () throws(ACMEError) in try await town.client.renewalInfo(for: identifier) }
        #expect(error?.code == .malformedAnswer)
        #expect(error?.isCAFault == true)
    }

    @Test func `a CA without renewal information is not asked, an unknown certificate is refused`() async throws {
        let (town, identifier) = try await Self.prepared(nil)
        let error = await failure { () throws(ACMEError) in try await town.client.renewalInfo(for: identifier) }
        #expect(error?.status == 404)
        let without = try await Town { $0.lacks = [.renewalInfo] }
        #expect(try await without.client.renewalInfo(for: identifier) == nil)
        #expect(await without.ca.counts.requests[.renewalInfo] == nil)
    }

    @Test func `an answer that says when to come back is an error with that time`() async throws {
        let (town, identifier) = try await Self.prepared(FakeCA.window(Self.start, Self.end))
        await town.ca.script(.problem(503, "serverInternal", retryAfter: "3600"), at: .renewalInfo)
        let error = await failure { () throws(ACMEError) in try await town.client.renewalInfo(for: identifier) }
        #expect(error?.retryAfter == town.time.now().addingTimeInterval(3600))
    }

    @Test(arguments: [
        FakeCA.Fault.problem(409, "alreadyReplaced"), .problem(409, "conflict"), .problem(404, "malformed", "no such certificate"),
        .problem(400, "malformed", "unknown field \"replaces\""), .problem(400, "malformed", "bad request"),
        .problem(403, "unauthorized", "While validating order as a replacement an error occurred"),
    ]) func `an order whose replaces is refused is made without`(fault: FakeCA.Fault) async throws {
        let town = try await Town()
        await town.ca.script(fault, at: .newOrder)
        let request = OrderRequest(identifiers: [Sample.name], replaces: "a2V5.AQ")
        _ = try await town.run(request)
        #expect(await town.ca.replaced == [nil])
        let again = try await Town()
        _ = try await again.run(request)
        #expect(await again.ca.replaced == ["a2V5.AQ"])
    }

    @Test func `once refused, replaces stays out of the later orders of the run`() async throws {
        let town = try await Town(World(deaf: [.http01])) { $0.alreadyReplaced = ["a2V5.AQ"] }
        let request = OrderRequest(identifiers: [Sample.name], replaces: "a2V5.AQ", challengeTypes: [.http01, .tlsALPN01])
        _ = try await town.run(request)
        #expect(await town.ca.counts.requests[.newOrder] == 3)
        #expect(await town.ca.replaced == [nil, nil])
    }

    @Test func `a rate limit is no reason to leave replaces out`() async throws {
        let town = try await Town()
        await town.ca.script(.problem(429, "rateLimited", "too many replacements"), at: .newOrder)
        let request = OrderRequest(identifiers: [Sample.name], replaces: "a2V5.AQ")
        #expect(await failure { () throws(ACMEError) in try await town.run(request) }?.code == .rateLimited)
        #expect(await town.ca.counts.requests[.newOrder] == 1)
    }
}

@Suite("Revocation, RFC 8555 §7.6")
struct RevocationTests {
    @Test func `a certificate is revoked by its account or by its own key, with a reason, once`() async throws {
        let town = try await Town()
        let issued = try await town.run(Town.request(["a.example"]))
        let leaf = issued.keyPair.leaf
        #expect(try await town.client.revoke(leaf, reason: .superseded, by: .account(town.account)) == .revoked)
        #expect(await town.ca.revoked == [leaf.serialNumber: 4])
        #expect(try await town.client.revoke(leaf, by: .account(town.account)) == .alreadyRevoked)
        town.journal.delete()
        let second = try await town.run(Town.request(["b.example"]))
        let key = try PrivateKey(pem: second.keyPEM)
        #expect(try await town.client.revoke(second.keyPair.leaf, reason: .keyCompromise, by: .certificateKey(key)) == .revoked)
        #expect(await town.ca.revoked[second.keyPair.leaf.serialNumber] == 1)
    }

    @Test func `a foreign key, a foreign certificate and a CA that revokes nothing are told apart`() async throws {
        let town = try await Town { $0.lacks = [.revokeCert] }
        let issued = try await town.run(Town.request(["a.example"]))
        let leaf = issued.keyPair.leaf
        let stranger = try PrivateKey.generate(.ecdsaP256)
        let wrongKey = await failure { () throws(ACMEError) in try await town.client.revoke(leaf, by: .certificateKey(stranger)) }
        #expect(wrongKey?.code == .invalidRequest)
        let none = await failure { () throws(ACMEError) in try await town.client.revoke(leaf, by: .account(town.account)) }
        #expect(none?.code == .notOffered)
        let other = try await Town()
        let own = try SelfSigned.issue(
            key: stranger, dnsNames: [DNSName.example], notBefore: town.time.now(), notAfter: town.time.now().addingTimeInterval(60))
        let foreign = await failure { () throws(ACMEError) in try await other.client.revoke(own, by: .account(other.account)) }
        #expect(foreign?.status == 404)
    }
}
