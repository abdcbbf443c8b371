import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import ACME

@Suite("A CA that does what no server does on command")
struct ScriptedCATests {
    static let steps: [FakeCA.Resource] = [.newAccount, .newOrder, .order, .authorization, .challenge, .finalize, .certificate]

    /// A whole life: account, order, certificate.
    private static func live(_ bench: Bench) async throws(ACMEError) -> IssuedCertificate {
        let client: ACMEClient
        let request: OrderRequest
        do {
            client = try bench.client()
            request = try Bench.request("a.example")
        } catch { throw ACMEError(.ours, fault: .ours, subject: "test", reason: "\(error)") }
        let manager = AccountManager(client: client, store: bench.accounts, settings: AccountManager.Settings())
        return try await manager.withAccount { account throws(ACMEError) in
            try await OrderDriver(client: client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
                .run(request, resuming: bench.journal.latest)
        }
    }

    @Test(arguments: steps + [.directory, .newNonce]) func `429 with Retry-After at each step is kept, and the next run goes on`(
        resource: FakeCA.Resource
    ) async throws {
        let bench = try Bench { $0.processingPolls = 1 }
        await bench.ca.script(.problem(429, "rateLimited", "slow down", retryAfter: "900"), at: resource)
        let before = bench.time.now()
        let error = await failure { () throws(ACMEError) in try await Self.live(bench) }
        #expect(error?.code == .rateLimited)
        #expect(error?.isCAFault == true)
        #expect((error?.retryAfter ?? before) >= before.addingTimeInterval(900))
        let orders = await bench.ca.counts.orders
        let issued = try await Self.live(bench)
        #expect(issued.timestampCount == 0)
        #expect(await bench.ca.counts.orders == max(orders, 1))
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `after a 429 every request of the client waits a while, not longer than the limit`() async throws {
        for (value, expected) in [
            ("3", Duration.seconds(3)), ("86400", ACMELimits.rateLimitPauseMax), (nil, ACMELimits.rateLimitPauseDefault),
        ] {
            let bench = try Bench()
            let client = try bench.client()
            let account = try await bench.account(client)
            await bench.ca.script(.problem(429, "rateLimited", retryAfter: value), at: .account)
            _ = await failure { () throws(ACMEError) in try await client.accountObject(of: account) }
            let then = bench.time.now()
            _ = try await client.newOrder(Bench.request("a.example"), replaces: nil, account: account)
            #expect(abs(bench.time.now().timeIntervalSince(then) - expected.seconds) < 0.001)
        }
    }

    @Test(arguments: steps) func `a page of another kind is no answer, and does no harm`(resource: FakeCA.Resource) async throws {
        let bench = try Bench { $0.processingPolls = 1 }
        await bench.ca.script(.contentType("text/html; charset=utf-8"), at: resource)
        var lives = 0
        while lives < 5 {
            lives += 1
            if (try? await Self.live(bench)) != nil { break }
        }
        #expect(lives < 3)
        #expect(await bench.ca.counts.accounts == 1)
        #expect(await bench.ca.counts.certificates == 1)
    }

    @Test(arguments: steps + [.directory]) func `a gigantic body is cut off and reported with the limit`(resource: FakeCA.Resource)
        async throws
    {
        let bench = try Bench { $0.processingPolls = 1 }
        let limit = resource == .certificate ? ACMELimits.certificateBytesMax : ACMELimits.jsonBytesMax
        await bench.ca.script(.body([UInt8](repeating: UInt8(ascii: " "), count: limit + 1)), at: resource, times: 20)
        let error = await failure { () throws(ACMEError) in try await Self.live(bench) }
        // The answer to a challenge is not looked at; the authorization tells. After that the CA is as it should be.
        if let error {
            #expect(error.isCAFault)
            #expect(error.code == .malformedAnswer || error.code == .stillProcessing, "\(error)")
        } else {
            #expect(resource == .challenge || resource == .finalize)
        }
        await bench.ca.repair()
        _ = try await Self.live(bench)
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `a directory that changes its URLs is read again`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        let account = try await bench.account(client)
        let driver = OrderDriver(client: client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
        _ = try await driver.run(Bench.request("a.example"), resuming: nil)
        await bench.ca.change { $0.pathPrefix = "v2-" }
        bench.time.advance(by: .seconds(120))
        _ = try await driver.run(Bench.request("b.example"), resuming: nil)
        #expect(await bench.ca.counts.certificates == 2)
        #expect(await bench.ca.counts.requests[.directory] == 2)
    }

    @Test func `a resource that is gone does not have the directory read again and again`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        let account = try await bench.account(client)
        await bench.ca.script(.problem(404, "malformed"), at: .newOrder, times: 10)
        let request = try Bench.request("a.example")
        for _ in 0..<5 {
            _ = await failure { () throws(ACMEError) in try await client.newOrder(request, replaces: nil, account: account) }
        }
        #expect(await bench.ca.counts.requests[.directory] == 1)
    }

    @Test(arguments: [
        (FakeCA.Product.expired, "expired at"), (.notYetValid, "is not valid before"), (.tooShort, "s only, less than 60 s"),
        (.brokenChain, "the chain is broken"), (.otherKey, "does not fit our private key"),
    ]) func `a certificate that is of no use is refused in words`(product: FakeCA.Product, words: String) async throws {
        let bench = try Bench { $0.product = product }
        let error = await failure { () throws(ACMEError) in try await Self.live(bench) }
        #expect(error?.code == .certificateRefused)
        #expect(error?.isCAFault == true)
        #expect(error?.reason.contains(words) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test(arguments: [["other.example"], ["a.example", "other.example"]])
    func `a certificate for other names, or for more, is refused`(names: [String]) async throws {
        let bench = try Bench()
        let journal = bench.journal
        await bench.ca.change {
            $0.product = .names(names) { journal.latest.flatMap { try? PrivateKey(pem: $0.privateKeyPEM) } }
        }
        let error = await failure { () throws(ACMEError) in try await Self.live(bench) }
        #expect(error?.code == .certificateRefused)
        #expect(error?.reason.contains("other.example") == (names.count == 2))
    }

    @Test func `an order that never leaves processing stops the run, resumable, as the CA's fault`() async throws {
        let bench = try Bench { $0.processingPolls = .max }
        for _ in 0..<3 {
            let error = await failure { () throws(ACMEError) in try await Self.live(bench) }
            #expect(error?.code == .stillProcessing)
            #expect(error?.isCAFault == true)
        }
        #expect(await bench.ca.counts.orders == 1)
        #expect(await bench.ca.counts.certificates == 1)
    }

    @Test func `half an answer at each step is survived`() async throws {
        for resource in Self.steps {
            let bench = try Bench { $0.processingPolls = 1 }
            await bench.ca.script(.truncate(to: 40), at: resource)
            if (try? await Self.live(bench)) == nil { _ = try await Self.live(bench) }
            #expect(await bench.ca.counts.certificates == 1, "\(resource)")
        }
    }
}

@Suite("Whom a problem blames, RFC 8555 §6.7.1")
struct BlameTests {
    private static func identifiers(_ names: String...) throws -> [ACMEIdentifier] { try names.map { try ACMEIdentifier(parsing: $0) } }

    @Test func `the text alone names one name, whole and not as a part of another`() throws {
        let names = try Self.identifiers("a.example", "b.a.example", "192.0.2.1", "*.w.example")
        for (detail, expected) in [
            ("Cannot issue for \"a.example\": policy forbids", "a.example"), ("looking up b.a.example: NXDOMAIN.", "b.a.example"),
            ("nothing at 192.0.2.1.", "192.0.2.1"), ("no wildcard *.w.example here", "*.w.example"), ("xa.example", nil),
            ("a.example and b.a.example", nil), ("", nil), ("A.EXAMPLE", "a.example"),
        ] {
            let problem = Problem(type: Problem.typePrefix + "rejectedIdentifier", detail: detail)
            #expect(problem.identifiersAtFault(among: names).keys.map(\.value) == (expected.map { [$0] } ?? []), "\(detail)")
        }
    }

    @Test func `only problems of names blame names`() throws {
        let names = try Self.identifiers("a.example", "b.example")
        for type in ["rateLimited", "serverInternal", "malformed", "orderNotReady", "badCSR"] {
            let problem = Problem(type: Problem.typePrefix + type, detail: "a.example", identifier: names[0])
            #expect(problem.identifiersAtFault(among: names).isEmpty, "\(type)")
        }
    }

    @Test func `a subproblem for the base blames its wildcard when only that was ordered`() throws {
        let sub = Problem(type: Problem.typePrefix + "caa", detail: "no", identifier: try ACMEIdentifier(parsing: "a.example"))
        let problem = Problem(type: Problem.typePrefix + "compound", detail: "several", subproblems: [sub])
        #expect(problem.identifiersAtFault(among: try Self.identifiers("*.a.example", "b.example")).keys.map(\.value) == ["*.a.example"])
        #expect(problem.identifiersAtFault(among: try Self.identifiers("*.a.example", "a.example")).keys.map(\.value) == ["a.example"])
    }
}
