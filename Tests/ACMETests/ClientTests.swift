import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import ACME

@Suite("Requests, RFC 8555 §6")
struct ClientTests {
    @Test func `the directory is read once and again when it is old`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        _ = try await client.directory()
        _ = try await client.directory()
        #expect(await bench.ca.counts.requests[.directory] == 1)
        bench.time.advance(by: ACMELimits.directoryAgeMax + .seconds(1))
        #expect(try await client.directory().newOrder == "https://ca.test/newOrder")
        #expect(await bench.ca.counts.requests[.directory] == 2)
    }

    @Test func `nonces of answers are used, so newNonce is asked once`() async throws {
        let bench = try Bench()
        _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        #expect(await bench.ca.counts.requests[.newNonce] == 1)
    }

    @Test(arguments: [0.05, 0.5]) func `refused nonces are replaced and the request repeated`(rate: Double) async throws {
        let bench = try Bench {
            $0.badNonceRate = rate
            $0.seed = 7
        }
        _ = try await bench.driver().run(Bench.request("a.example", "b.example", "c.example"), resuming: nil)
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `a CA that refuses every nonce is not asked for ever`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(400, "badNonce"), at: .newAccount, times: 1000)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.problem?.acmeType == "badNonce")
        #expect(await bench.ca.counts.requests[.newAccount] == 1 + ACMELimits.badNonceRetriesMax)
    }

    @Test func `a newNonce answer without a nonce is named as what it is`() async throws {
        let bench = try Bench()
        await bench.ca.script(.without(header: "Replay-Nonce"), at: .newNonce, times: 100)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.code == .malformedAnswer)
        #expect("\(error.map(String.init(describing:)) ?? "")" == "newNonce at https://ca.test/newNonce: the answer has no Replay-Nonce")
    }

    @Test(arguments: ["a b", "a\"b", "é", "", "a=="]) func `a nonce outside of base64url is never put into a request`(nonce: String)
        async throws
    {
        let bench = try Bench()
        await bench.ca.script(
            .answer(ACMEHTTPResponse(status: 200, headers: [("Replay-Nonce", nonce)])), at: .newNonce, times: 100)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.code == .malformedAnswer)
        #expect(await bench.ca.counts.requests[.newAccount] == nil)
    }

    @Test func `a rate limit is reported with its time in seconds and never repeated`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(429, "rateLimited", "too many certificates", retryAfter: "3600"), at: .newOrder)
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == bench.time.now().addingTimeInterval(3600))
        #expect(error?.problem?.detail == "too many certificates")
        #expect(await bench.ca.counts.requests[.newOrder] == 1)
        #expect(bench.time.slept.isEmpty)
    }

    @Test func `a rate limit with an HTTP date is reported with that date`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(429, "rateLimited", retryAfter: "Mon, 01 Jun 2026 13:00:00 GMT"), at: .newAccount)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.retryAfter == Date(timeIntervalSince1970: 1_780_318_800))
    }

    @Test func `429 without a problem document is a rate limit as well`() async throws {
        let bench = try Bench()
        await bench.ca.script(.answer(ACMEHTTPResponse(status: 429, headers: [("Retry-After", "5")])), at: .newAccount)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == bench.time.now().addingTimeInterval(5))
        #expect(await bench.ca.counts.requests[.newAccount] == 1)
    }

    @Test func `server errors are repeated a few times with growing waits`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(500, "serverInternal"), at: .newAccount, times: ACMELimits.requestRetriesMax)
        try await bench.register()
        #expect(bench.time.slept == [.seconds(1), .seconds(2), .seconds(4)])
        await bench.ca.script(.problem(500, "serverInternal"), at: .newAccount, times: ACMELimits.requestRetriesMax + 1)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.code == .serverError)
        #expect(error?.status == 500)
    }

    @Test func `a short Retry-After of a busy server is waited for, a long one is handed on`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(503, "rateLimited2", retryAfter: "10"), at: .newAccount)
        try await bench.register()
        #expect(bench.time.slept == [.seconds(10)])
        await bench.ca.script(.problem(503, "rateLimited2", retryAfter: "11"), at: .newAccount)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        #expect(error?.code == .serverError)
        #expect(error?.retryAfter == bench.time.now().addingTimeInterval(11))
    }

    @Test func `a lost newOrder answer is not repeated, a lost newAccount answer is`() async throws {
        let bench = try Bench()
        await bench.ca.script(.cutAfter, at: .newAccount)
        let driver = try await bench.driver()
        #expect(await bench.ca.counts.accounts == 1)
        await bench.ca.script(.cutAfter, at: .newOrder)
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .network)
        #expect(error?.fault == .network)
        #expect(await bench.ca.counts.orders == 1)
    }

    @Test func `newOrder is repeated after a 503 and after trouble with the nonce, not after a 500`() async throws {
        let request = try Bench.request("a.example")
        for (resource, fault, sent) in [
            (FakeCA.Resource.newOrder, FakeCA.Fault.problem(503, "serverInternal"), 2), (.newNonce, .problem(500, "serverInternal"), 1),
            (.newNonce, .cutAfter, 1),
        ] {
            let bench = try Bench()
            // The answer to newAccount brings no nonce, so newOrder has to ask for one.
            await bench.ca.script(.without(header: "Replay-Nonce"), at: .newAccount)
            let driver = try await bench.driver()
            await bench.ca.script(fault, at: resource)
            _ = try await driver.run(request, resuming: nil)
            #expect(await bench.ca.counts.requests[.newOrder] == sent)
            #expect(await bench.ca.counts.orders == 1)
        }
        let bench = try Bench()
        await bench.ca.script(.problem(500, "serverInternal"), at: .newOrder)
        let driver = try await bench.driver()
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .serverError)
        #expect(await bench.ca.counts.requests[.newOrder] == 1)
    }

    @Test func `an account URL from an edited object cannot break out of the header`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        let real = try await bench.account(client)
        let forged = ACMEAccount(url: real.url + #"","url":"https://evil.test/"#, key: real.key)
        let error = await failure { () throws(ACMEError) in try await client.order(at: "https://ca.test/order/1", account: forged) }
        #expect(error?.code == .accountDoesNotExist)
        #expect(error?.problem?.detail?.hasSuffix(#"","url":"https://evil.test/"#) == true)
    }

    @Test(arguments: ["http://ca.test/order/1", "https://ca.test/ order", "", "file:///etc/passwd"])
    func `a URL from an edited record is not asked`(url: String) async throws {
        let bench = try Bench()
        let client = try bench.client()
        let account = try await bench.account(client)
        let before = await bench.ca.counts.requests
        let error = await failure { () throws(ACMEError) in try await client.order(at: url, account: account) }
        #expect(error?.code == .malformedAnswer)
        #expect(await bench.ca.counts.requests == before)
    }

    @Test func `an error page of a proxy is quoted in part, on one line`() async throws {
        let bench = try Bench()
        let page = "<html>\n<body>\u{1B}[1m502 Bad   Gateway</body>" + String(repeating: "x", count: 5000)
        await bench.ca.script(
            .answer(ACMEHTTPResponse(status: 403, headers: [("Content-Type", "text/html")], body: Array(page.utf8))), at: .newAccount)
        let error = await failure { () throws(ACMEError) in try await bench.register() }
        let text = error.map(String.init(describing:)) ?? ""
        #expect(text.contains("the CA answered 403 without a problem document: \"<html> <body>\\u{1b}[1m502 Bad Gateway</body>xxx"))
        #expect(text.count < 400)
        #expect(!text.contains("\n") && !text.contains("\u{1B}"))
    }

    @Test func `a login page with status 200 is named as what it is`() async throws {
        let bench = try Bench()
        await bench.ca.script(
            .answer(ACMEHTTPResponse(status: 200, headers: [("Content-Type", "text/html; charset=utf-8")], body: Array("<p>Login".utf8))),
            at: .directory)
        let client = try bench.client()
        let error = await failure { () throws(ACMEError) in try await client.directory() }
        #expect(
            error.map(String.init(describing:))
                == "directory https://ca.test/directory: expected application/json, got text/html: \"<p>Login\"")
    }

    @Test(arguments: [301, 302, 307, 308, 304, 199]) func `a redirect is no answer`(status: Int) async throws {
        let bench = try Bench()
        await bench.ca.script(
            .answer(ACMEHTTPResponse(status: status, headers: [("Location", "https://evil.test/")])), at: .directory, times: 2)
        let client = try bench.client()
        let error = await failure { () throws(ACMEError) in try await client.directory() }
        #expect(error?.code == .malformedAnswer)
        #expect(await bench.ca.counts.requests[.directory] == 1)
    }

    @Test(arguments: [
        #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a"}"#,
        #"{"newNonce":"http://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}"#,
        #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o","revokeCert":"ftp://x"}"#,
        #"{"newNonce":1}"#, "[]", "", "{", "null",
    ]) func `a directory that misses a resource or leads away from https is refused`(text: String) async throws {
        let bench = try Bench()
        await bench.ca.script(.body(Array(text.utf8)), at: .directory)
        let client = try bench.client()
        let error = await failure { () throws(ACMEError) in try await client.directory() }
        #expect(error?.code == .malformedAnswer)
    }

    @Test func `an answer of the largest size is read and a larger one is not`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        func directory(_ bytes: Int) -> [UInt8] {
            let start = #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o","pad":""#
            return Array((start + String(repeating: " ", count: bytes - start.utf8.count - 2) + #""}"#).utf8)
        }
        await bench.ca.script(.body(directory(ACMELimits.jsonBytesMax + 1)), at: .directory)
        let error = await failure { () throws(ACMEError) in try await client.directory() }
        #expect(error?.code == .malformedAnswer)
        #expect(error?.reason == "the answer exceeds \(ACMELimits.jsonBytesMax) bytes")
        await bench.ca.script(.body(directory(ACMELimits.jsonBytesMax)), at: .directory)
        #expect(try await client.directory().newNonce == "https://ca.test/n")
    }

    @Test func `deeply nested and damaged JSON is refused without harm`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        let good =
            #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o","meta":{"profiles":{"a":"b"}}}"#
        var random = SplitMix64(seed: 42)
        var texts = [String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 20_000)].map { Array($0.utf8) }
        for _ in 0..<200 {
            var bytes = Array(good.utf8)
            for _ in 0...2 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            texts.append(Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random))))
        }
        for text in texts {
            await bench.ca.script(
                .answer(ACMEHTTPResponse(status: 400, headers: [("Content-Type", "application/problem+json")], body: text)), at: .directory)
            let error = await failure { () throws(ACMEError) in try await client.directory() }
            #expect(error?.status == 400)
        }
    }
}
