import Core
import FoundationEssentials
import HTTPClient
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("Checker of revocation, RFC 6960, RFC 5280 §5") struct RevocationCheckerTests {
    private static let responder = "http://ocsp.test/"
    private static let list = "http://crl.test/1.crl"

    private func unknown(_ verdict: RevocationVerdict) -> String? {
        if case .unknown(let why) = verdict.status { why } else { nil }
    }

    private func isRevoked(_ verdict: RevocationVerdict) -> Bool {
        if case .revoked = verdict.status { true } else { false }
    }

    @Test func `openssl's responder over HTTP tells good, then revoked`() async throws {
        let ca = try await RevocationCA()
        let (url, process) = try await ca.startResponder()
        let leaf = try await ca.issue("a.test", responders: [url], lists: [Self.list])
        let time = ManualTime(Date())
        let transport = try RevocationHTTPTransport(privateNetworks: RevocationCA.networks, proxy: .direct)
        let checker = RevocationChecker(transport: transport, time: time)
        // The responder looks whether its index has changed before it waits for a request: the next one is answered by the old index.
        let request = RevocationQuery(
            url: url, body: try OCSPRequest(for: leaf, issuer: ca.certificate).der, bytesMax: 65_536, timeout: .seconds(20))
        _ = try await transport.fetch(request)
        let good = await checker.verdict(on: leaf, issuer: ca.certificate)
        #expect(good.status == .good && good.source == .ocsp(url: url))
        #expect(abs(good.nextCheck.timeIntervalSince(time.now()) - 12 * 3600) < 60)
        try await ca.revoke("a.test", reason: "keyCompromise")
        #expect(await checker.verdict(on: leaf, issuer: ca.certificate) == good)
        _ = try await transport.fetch(request)
        time.advance(by: .hours(13))
        let revoked = await checker.verdict(on: leaf, issuer: ca.certificate)
        guard case .revoked(_, .keyCompromise) = revoked.status else {
            Issue.record("\(revoked)")
            return
        }
        await transport.shutdown()
        #expect(process.isRunning)
    }

    @Test func `where no responder answers, the list of the CA counts, downloaded once for many`() async throws {
        let web = try await StaticWebServer()
        let ca = try await RevocationCA()
        let url = "http://127.0.0.1:\(web.port)/ca.crl"
        var leaves: [Certificate] = []
        for number in 0..<4 { leaves.append(try await ca.issue("\(number).test", lists: [url])) }
        let failing = try await ca.issue("failing.test", responders: ["http://127.0.0.1:\(web.port)/ocsp"], lists: [url])
        try await ca.revoke("1.test")
        try web.put(try await ca.list(), "ca.crl")
        let transport = try RevocationHTTPTransport(privateNetworks: RevocationCA.networks, proxy: .direct)
        let checker = RevocationChecker(transport: transport)
        let verdicts = await withTaskGroup(of: (Int, RevocationVerdict).self) { tasks in
            for (index, leaf) in leaves.enumerated() {
                tasks.addTask { (index, await checker.verdict(on: leaf, issuer: ca.certificate)) }
            }
            return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, verdict) in verdicts {
            #expect(verdict.source == .list(url: url))
            #expect(isRevoked(verdict) == (index == 1))
        }
        let second = await checker.verdict(on: failing, issuer: ca.certificate)
        #expect(second.status == .good && second.source == .list(url: url))
        #expect(web.requests(for: "/ca.crl") == 1 && web.requests(for: "/ocsp") == 1)
        await transport.shutdown()
    }

    @Test func `answers that prove nothing leave it unknown, and say why`() async throws {
        let (ca, twin) = (try await RevocationCA(), try await RevocationCA())
        let leaf = try await ca.issue("a.test", responders: [Self.responder], lists: [Self.list])
        let sibling = try await ca.issue("b.test")
        let request = try OCSPRequest(for: leaf, issuer: ca.certificate).der
        let good = try await ca.respond(to: request)
        let cases: [(ocsp: [UInt8], list: [UInt8], words: String)] = [
            (try await ca.respond(to: OCSPRequest(for: sibling, issuer: ca.certificate).der), [], "says nothing about the certificate"),
            (try await ca.respond(to: request, signer: "ca", ["-badsig"]), [], "not signed by the issuer"),
            (Array(good.dropLast()), [], "OCSP response: is none"), ([0x30, 3, 0x0A, 1, 3], [], "try later"),
            ([], try await twin.list(), "is not signed by"), ([], try await ca.list(["2.5.29.27 = critical, DER:020101"]), "a delta list"),
        ]
        for (ocsp, list, words) in cases {
            let transport = ScriptedTransport()
            transport.set(Self.responder, ocsp)
            transport.set(Self.list, list)
            let time = ManualTime(Date())
            let checker = RevocationChecker(transport: transport, time: time)
            let verdict = await checker.verdict(on: leaf, issuer: ca.certificate)
            #expect(unknown(verdict)?.contains(words) == true, "\(verdict)")
            #expect(unknown(verdict)?.contains("OCSP responder \(Self.responder): ") == true)
            #expect(verdict.source == nil && verdict.nextCheck == time.now() + 3600)
        }
    }

    @Test func `without anybody to ask, or without the issuer, nobody is asked`() async throws {
        let (ca, other) = (try await RevocationCA(), try await RevocationCA(name: "Other"))
        let transport = ScriptedTransport()
        let checker = RevocationChecker(transport: transport)
        let silent = try await ca.issue("a.test")
        #expect(unknown(await checker.verdict(on: silent, issuer: ca.certificate))?.contains("names no OCSP responder") == true)
        let named = try await ca.issue("b.test", lists: [Self.list])
        #expect(unknown(await checker.verdict(on: named, issuer: nil))?.contains("no certificate of the issuer") == true)
        let another = try await ca.issue("c.test", lists: [Self.list])
        #expect(unknown(await checker.verdict(on: another, issuer: other.certificate))?.contains("no certificate of the issuer") == true)
        let late = RevocationChecker(transport: transport, time: ManualTime(Date(timeIntervalSinceNow: 40 * 86_400)))
        #expect(unknown(await late.verdict(on: another, issuer: ca.certificate))?.contains("not valid at this time") == true)
        #expect(transport.asked.isEmpty)
    }

    @Test func `a URL that failed is left alone for a while, and a list that still holds counts meanwhile`() async throws {
        let ca = try await RevocationCA()
        let (one, two) = (try await ca.issue("1.test", lists: [Self.list]), try await ca.issue("2.test", lists: [Self.list]))
        let transport = ScriptedTransport()
        let time = ManualTime(Date())
        let checker = RevocationChecker(transport: transport, time: time)
        transport.fail(Self.list, "no route")
        #expect(unknown(await checker.verdict(on: one, issuer: ca.certificate))?.contains("no route") == true)
        #expect(unknown(await checker.verdict(on: two, issuer: ca.certificate))?.contains("no route") == true)
        #expect(transport.asked.count == 1)
        transport.set(Self.list, try await ca.list())
        time.advance(by: .seconds(3601))
        #expect(await checker.verdict(on: one, issuer: ca.certificate).status == .good)
        #expect(transport.asked.count == 2)
        // Half a day later a newer one is worth having; there is none, and the old one holds for a week.
        transport.fail(Self.list, "no route")
        time.advance(by: .hours(13))
        #expect(await checker.verdict(on: one, issuer: ca.certificate).status == .good)
        #expect(transport.asked.count == 3)
        time.advance(by: .days(8))
        #expect(unknown(await checker.verdict(on: one, issuer: ca.certificate))?.contains("no route") == true)
    }

    @Test func `only so many requests go out at a time`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test", lists: ["\(Self.list)?0"])
        var leaves = [leaf]
        for number in 1..<8 { leaves.append(try await ca.issue("\(number).test", lists: ["\(Self.list)?\(number)"])) }
        let transport = ScriptedTransport()
        transport.hold(true)
        let checker = RevocationChecker(transport: transport)
        await withTaskGroup(of: Void.self) { tasks in
            for leaf in leaves { tasks.addTask { _ = await checker.verdict(on: leaf, issuer: ca.certificate) } }
            #expect(await eventually { transport.running == RevocationLimits.requestsAtOnceMax })
            transport.hold(false)
        }
        #expect(transport.asked.count == 8 && transport.runningMost == RevocationLimits.requestsAtOnceMax)
    }

    @Test func `what is kept of lists is bounded, and what was used last stays`() async throws {
        let fixture = try await RevocationCA()
        let list = try RevocationList(der: try await fixture.list(), issuer: fixture.certificate, at: Date())
        var cache = RevocationListCache()
        let fits = RevocationLimits.listBytesMax / list.der.count
        func key(_ number: Int) -> RevocationChecker.ListKey { RevocationChecker.ListKey(url: "\(number)", issuer: "x") }
        for number in 0..<fits { cache.keep(list, key(number), now: Date()) }
        #expect(cache.list(key(0), now: Date(), isFresh: true) != nil)
        cache.keep(list, key(fits), now: Date())
        #expect(cache.bytes <= RevocationLimits.listBytesMax)
        #expect(cache.list(key(0), now: Date(), isFresh: true) != nil && cache.list(key(1), now: Date(), isFresh: true) == nil)
    }

    @Test func `peers that send too much, redirect, or are in this network`() async throws {
        let web = try await StaticWebServer()
        let url = "http://127.0.0.1:\(web.port)"
        let transport = try RevocationHTTPTransport(privateNetworks: RevocationCA.networks, proxy: .direct)
        func why(_ path: String, bytesMax: Int = 1024, timeout: Duration = .seconds(20)) async -> String {
            do throws(RevocationTransportError) {
                _ = try await transport.fetch(RevocationQuery(url: url + path, body: nil, bytesMax: bytesMax, timeout: timeout))
                return ""
            } catch { return error.description }
        }
        #expect(await why("/endless").contains("more than 1024 bytes"))
        #expect(await why("/endless", bytesMax: PKILimits.revocationListBytesMax).contains("more than 16777216 bytes"))
        #expect(await why("/none").contains("status 404"))
        #expect(await why("/redirect").contains("status 302"))
        #expect(await why("/slow", timeout: .milliseconds(300)).contains("not complete within"))
        let strict = try RevocationHTTPTransport(proxy: .direct)
        for host in ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001"] {
            do throws(RevocationTransportError) {
                _ = try await strict.fetch(
                    RevocationQuery(url: "http://\(host):\(web.port)/none", body: nil, bytesMax: 10, timeout: .seconds(5)))
                Issue.record("\(host) was asked")
            } catch { #expect(error.description.contains("is no public address"), "\(host): \(error)") }
        }
        // One network is allowed, others still are not.
        let named = try RevocationHTTPTransport(privateNetworks: [IPNetwork("127.0.0.1")].compactMap(\.self), proxy: .direct)
        for (host, words) in [("127.0.0.1", "status 404"), ("127.0.0.2", "is no public address"), ("[::1]", "is no public address")] {
            do throws(RevocationTransportError) {
                _ = try await named.fetch(
                    RevocationQuery(url: "http://\(host):\(web.port)/none", body: nil, bytesMax: 1024, timeout: .seconds(5)))
                Issue.record("\(host) answered")
            } catch { #expect(error.description.contains(words), "\(host): \(error)") }
        }
        await transport.shutdown()
        await strict.shutdown()
        await named.shutdown()
    }
}
