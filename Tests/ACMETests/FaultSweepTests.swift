import ACME
import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

/// Every kind of broken answer at every resource: the run ends, either well or with an error that says what was wrong, and a later
/// run without the fault gets the certificate, with one account.
@Suite("Broken answers at every resource")
struct FaultSweepTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let resource: FakeCA.Resource
        let name: String
        let fault: FakeCA.Fault
        var testDescription: String { "\(name) at \(resource)" }
    }

    static let faults: [(String, FakeCA.Fault)] = [
        ("cut before", .cutBefore), ("cut after", .cutAfter), ("empty", .truncate(to: 0)), ("half", .truncate(to: 40)),
        ("HTML", .contentType("text/html")), ("not JSON", .body(Array("<html>".utf8))), ("not UTF-8", .body([0xFF, 0xFE, 0x00])),
        ("oversized", .body([UInt8](repeating: 0x20, count: ACMELimits.jsonBytesMax + 1))), ("empty object", .body(Array("{}".utf8))),
        ("array", .body(Array("[]".utf8))), ("no Location", .without(header: "Location")), ("no nonce", .without(header: "Replay-Nonce")),
        ("bad nonce header", .header("Replay-Nonce", "not a nonce")), ("bad Link", .header("Link", "<<>;rel=alternate")),
        ("bad alternate", .header("Link", "<http://evil.test/>;rel=\"alternate\"")), ("bad Retry-After", .header("Retry-After", "soon")),
        ("400", .problem(400, "malformed")), ("401", .problem(401, "unauthorized")), ("403", .problem(403, "unauthorized")),
        ("404", .problem(404, "malformed")), ("410", .answer(ACMEHTTPResponse(status: 410))), ("429", .problem(429, "rateLimited")),
        ("500", .problem(500, "serverInternal")), ("503", .answer(ACMEHTTPResponse(status: 503, headers: [("Retry-After", "100")]))),
        ("302", .answer(ACMEHTTPResponse(status: 302, headers: [("Location", "https://evil.test/")]))),
        ("account gone", .problem(400, "accountDoesNotExist")), ("user action", .problem(403, "userActionRequired")),
        ("bad nonce", .problem(400, "badNonce")),
    ]

    static let cases = FakeCA.Resource.allCases.filter { $0 != .account }.flatMap { resource in
        faults.map { Case(resource: resource, name: $0.0, fault: $0.1) }
    }

    @Test(arguments: cases) func `one broken answer`(fault: Case) async throws {
        try await sweep(fault, times: 1)
    }

    /// Those that lead to different ways of giving up.
    static let lasting = cases.filter {
        ["cut before", "cut after", "not JSON", "400", "403", "404", "429", "500", "503", "account gone", "bad nonce"].contains($0.name)
    }

    @Test(arguments: lasting) func `the same broken answer for ever`(fault: Case) async throws {
        try await sweep(fault, times: 300)
    }

    private func sweep(_ fault: Case, times: Int) async throws {
        let bench = try Bench()
        await bench.ca.script(fault.fault, at: fault.resource, times: times)
        let request = try Bench.request("a.example")
        let client = try bench.client()
        let manager = AccountManager(client: client, store: bench.accounts, settings: AccountManager.Settings())
        let error = await failure { () throws(ACMEError) in try await run(request, bench, client, manager) }
        if let error {
            #expect(!error.reason.isEmpty && !error.subject.isEmpty)
            #expect(error.code != .ours, "\(error)")
        }
        let sent = await bench.ca.counts.requests.values.reduce(0, +)
        #expect(sent < 300, "a broken CA is asked \(sent) times")
        // The CA is repaired; whatever was left behind is of use or is replaced.
        await bench.ca.repair()
        if error != nil { _ = try await run(request, bench, client, manager) }
        #expect(await bench.ca.counts.accounts == 1)
        let key = try PrivateKey(pem: try #require(try bench.journal.load()).privateKeyPEM)
        #expect(await bench.ca.issuedKeys.allSatisfy { $0 == key.publicKeyDER })
        #expect(await bench.ca.counts.orders <= 1 + ACMELimits.ordersPerRunMax)
    }

    private func run(
        _ request: OrderRequest, _ bench: Bench, _ client: ACMEClient, _ manager: AccountManager
    ) async throws(ACMEError) -> IssuedCertificate {
        try await manager.withAccount { account throws(ACMEError) in
            // Read here, not before: the work runs a second time when the account had vanished.
            let record = bench.journal.latest
            return try await OrderDriver(client: client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
                .run(request, resuming: record)
        }
    }
}
