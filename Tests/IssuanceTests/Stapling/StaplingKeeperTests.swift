import Core
import FoundationEssentials
import HTTPClient
import PKI
import TestKit
import Testing

@testable import Certificates
@testable import Issuance

@Suite("OCSP responses for handshakes, RFC 6066 §8, RFC 6960, RFC 7633") struct StaplingKeeperTests {
    @Test(arguments: [(0.0, 0.4), (0.5, 0.5), (0.999, 0.6)])
    func `a good response is presented, and a newer one is asked for at about half of its time`(
        random: Double, fraction: Double
    ) async throws {
        let scene = try await StaplingScene(random: random)
        let credential = try await scene.credential("a.test")
        let response = try await scene.response(about: credential)
        scene.transport.set(StaplingScene.responder, response)
        let asked = scene.time.now()
        await scene.keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        let first = try #require(credential.staple)
        #expect(first.der == response)
        #expect(abs(first.end.timeIntervalSince(asked) + StaplingScene.lead - 2 * 86_400) < 60)
        #expect(scene.transport.asked.count == 1)
        var facts = await scene.keeper.facts()
        #expect(facts.stapled == 1 && facts.missing == 0 && facts.updates == 1 && facts.failures == 0)

        try await scene.answer(about: credential, ["-ndays", "4"])
        await scene.pass { credential.staple !== first }
        let waited = scene.time.now().timeIntervalSince(asked) / (2 * 86_400)
        #expect(waited >= fraction - 0.005 && waited < fraction + 0.05, "\(waited)")
        let second = try #require(credential.staple)
        #expect(second.end > first.end && scene.transport.asked.count == 2)
        facts = await scene.keeper.facts()
        #expect(facts.stapled == 1 && facts.updates == 2)
        #expect(await scene.keeper.problems().isEmpty)
        await scene.keeper.stop()
    }

    @Test func `a certificate that is revoked loses its response at once, and gets one when it is not on hold any more`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test")
        try await scene.answer(about: credential)
        await scene.keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        let index = try scene.ca.folder.read("index.txt")
        try await scene.ca.revoke("a.test", reason: "certificateHold")
        try await scene.answer(about: credential)
        await scene.pass { credential.staple == nil }
        var problems = await scene.keeper.problems()
        #expect(
            problems.map(\.code) == [.revoked]
                && problems.first?.message.contains("secret web/a.test: the certificate is revoked since") == true)
        #expect(await scene.keeper.facts().revoked == 1)
        #expect(scene.log.text.contains("a certificate is revoked, as its OCSP responder says"))
        // Silence says nothing else.
        scene.transport.fail(StaplingScene.responder, "no route")
        await scene.pass(.hours(13))
        #expect(await scene.keeper.problems().map(\.code) == [.revoked] && credential.staple == nil)

        try scene.ca.folder.write(index, to: "index.txt")
        try await scene.answer(about: credential)
        await scene.pass { credential.staple != nil }
        problems = await scene.keeper.problems()
        #expect(problems.isEmpty)
        await scene.keeper.stop()
    }

    @Test
    func `what proves nothing is not presented, and keeps a must-staple certificate on the list of problems until there is an answer`()
        async throws
    {
        let scene = try await StaplingScene()
        let twin = try await RevocationCA()
        let credential = try await scene.credential("a.test", mustStaple: true)
        let sibling = try await scene.credential("b.test")
        let request = try OCSPRequest(for: credential.keyPair.leaf, issuer: scene.ca.certificate).der
        let good = try await scene.response(about: credential)
        let index = try scene.ca.folder.read("index.txt")
        try scene.ca.folder.write("", to: "index.txt")
        let unknown = try await scene.response(about: credential)
        try scene.ca.folder.write(index, to: "index.txt")
        let cases: [(answer: [UInt8], words: String)] = [
            (Array("<html>".utf8), "is none"), ([], "is none"), (Array(good.dropLast()), "is none"), (good + [0], "is none"),
            ([0x30, 3, 0x0A, 1, 3], "try later"),
            (unknown, "does not know the certificate"), (try await scene.response(about: sibling), "says nothing about the certificate"),
            (try await scene.ca.respond(to: request, signer: "ca", ["-badsig"]), "not signed by the issuer"),
            (try await twin.respond(to: request), "not signed by the issuer"),
            ([UInt8](repeating: 0x30, count: PKILimits.ocspResponseBytesMax + 1), "at most"),
        ]
        for (answer, words) in cases {
            let fresh = try await StaplingKeeperTests.keeper(scene, answer)
            await fresh.follow([credential])
            await scene.settle { await fresh.facts().failures == 1 }
            let problems = await fresh.problems()
            #expect(problems.map(\.code) == [.stapleMissing], "\(words)")
            #expect(
                problems.first?.message.contains("must staple") == true && problems.first?.message.contains(words) == true, "\(problems)")
            #expect(credential.staple == nil)
            await fresh.stop()
        }
        scene.transport.fail(StaplingScene.responder, "status 500, expected 200")
        await scene.keeper.follow([credential, sibling])
        await scene.settle { await scene.keeper.facts().failures == 2 }
        #expect(await scene.keeper.problems().map(\.secret.name) == ["a.test"])
        #expect(await scene.keeper.facts().missing == 2)
        scene.transport.set(StaplingScene.responder, good)
        await scene.pass { credential.staple?.der == good }
        #expect(await scene.keeper.problems().isEmpty && sibling.staple == nil)
        await scene.keeper.stop()
    }

    /// A keeper whose responder gives this answer.
    private static func keeper(_ scene: StaplingScene, _ answer: [UInt8]) async throws -> StaplingKeeper {
        let transport = ScriptedTransport()
        transport.set(StaplingScene.responder, answer)
        return StaplingKeeper(
            checker: RevocationChecker(transport: transport, time: scene.time), time: scene.time, logger: scene.log.logger)
    }

    @Test func `a response stays while its responder is away, goes at its end, and comes back with the responder`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test", mustStaple: true)
        try await scene.answer(about: credential, ["-nmin", "600"])
        await scene.keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        let end = try #require(credential.staple).end
        scene.transport.fail(StaplingScene.responder, "connection refused")
        await scene.pass(step: .minutes(5)) { credential.staple == nil }
        #expect(scene.time.now() >= end && scene.time.now() < end + 900)
        #expect(await scene.keeper.problems().map(\.code) == [.stapleMissing])
        #expect(scene.transport.asked.count > 3)
        #expect(await scene.keeper.facts().missing == 1)
        // What was good once is out of date.
        let old = try await scene.response(about: credential, ["-nmin", "60"])
        scene.transport.set(StaplingScene.responder, old)
        await scene.pass(upTo: .hours(6)) { await scene.keeper.problems().first?.message.contains("out of date since") == true }
        #expect(credential.staple == nil)
        try await scene.answer(about: credential, ["-ndays", "5"])
        await scene.pass(upTo: .hours(3)) { credential.staple != nil }
        #expect(await scene.keeper.problems().isEmpty)
        await scene.keeper.stop()
    }

    @Test func `of two valid responses the one that lasts longer stays`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test")
        try await scene.answer(about: credential, ["-ndays", "3"])
        await scene.keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        let first = try #require(credential.staple)
        try await scene.answer(about: credential, ["-ndays", "2"])
        await scene.pass { await scene.keeper.facts().updates == 2 }
        #expect(credential.staple === first)
        await scene.keeper.stop()
    }

    @Test func `one that does not say how long it holds is presented for an hour`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test")
        try await scene.answer(about: credential, [])
        let asked = scene.time.now()
        await scene.keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        #expect(credential.staple?.end == asked + 3600)
        await scene.pass(step: .minutes(1)) { scene.transport.asked.count == 2 }
        let waited = scene.time.now().timeIntervalSince(asked)
        #expect(waited >= 1800 && waited < 2400)
        await scene.keeper.stop()
    }

    @Test func `a responder that fails is asked less and less often, but every hour`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test")
        scene.transport.fail(StaplingScene.responder, "connection refused")
        await scene.keeper.follow([credential])
        await scene.settle { scene.transport.asked.count == 1 }
        await scene.pass(.hours(24), step: .minutes(5))
        #expect((22...40).contains(scene.transport.asked.count), "\(scene.transport.asked.count)")
        #expect(await scene.keeper.problems().isEmpty)
        await scene.keeper.stop()
    }

    @Test func `a responder that hangs holds nobody up, and only so many are asked at a time`() async throws {
        let scene = try await StaplingScene()
        var credentials: [Credential] = []
        for number in 0..<6 { credentials.append(try await scene.credential("\(number).test", responders: ["http://\(number).test/"])) }
        for credential in credentials {
            scene.transport.set(credential.keyPair.leaf.ocspURLs[0], try await scene.response(about: credential))
        }
        let urgent = try await scene.credential("urgent.test", mustStaple: true)
        try await scene.answer(about: urgent)
        scene.transport.hold(true)
        await scene.keeper.follow(credentials + [urgent])
        await scene.settle { scene.transport.running == RevocationLimits.staplesAtOnceMax }
        // The one that clients would refuse came first, though it was named last.
        #expect(scene.transport.asked.contains { $0.url == StaplingScene.responder })
        #expect(await scene.keeper.facts().missing == 7 && scene.transport.asked.count == RevocationLimits.staplesAtOnceMax)
        scene.transport.hold(false)
        await scene.settle { await scene.keeper.facts().stapled == 7 }
        #expect(scene.transport.runningMost == RevocationLimits.staplesAtOnceMax)

        scene.transport.hold(true)
        await scene.pass { scene.transport.running > 0 }
        await scene.keeper.stop()
        scene.transport.hold(false)
    }

    @Test func `two Secrets with one certificate ask once; who is not presented any more is forgotten`() async throws {
        let scene = try await StaplingScene()
        let first = try await scene.credential("a.test")
        try await scene.answer(about: first)
        await scene.keeper.follow([first])
        await scene.settle { first.staple != nil }
        do {
            let second = try scene.credential(of: "a.test", in: "copy")
            await scene.keeper.follow([second])
            #expect(second.staple === first.staple && scene.transport.asked.count == 1)
            let gone = try await scene.credential("gone.test", responders: ["http://gone.test/"], mustStaple: true)
            let mute = try await scene.credential("mute.test", responders: [], mustStaple: true)
            await scene.keeper.follow([gone, mute])
            await scene.settle { await scene.keeper.facts().failures == 1 }
            #expect(await scene.keeper.problems().map(\.secret.name) == ["gone.test", "mute.test"])
        }
        #expect(await scene.keeper.problems().isEmpty)
        let asked = scene.transport.asked.count { $0.url == "http://gone.test/" }
        await scene.pass(.hours(14))
        #expect(scene.transport.asked.count { $0.url == "http://gone.test/" } == asked)
        #expect(await scene.keeper.count == 1)
        await scene.keeper.stop()
    }

    @Test func `nobody is asked about a certificate without a responder or without its issuer, and must staple is a problem then`()
        async throws
    {
        let scene = try await StaplingScene()
        let silent = try await scene.credential("silent.test", responders: [])
        let alone = try await scene.credential("alone.test", mustStaple: true, isIssuerKnown: false)
        let mute = try await scene.credential("mute.test", responders: [], mustStaple: true)
        await scene.keeper.follow([silent, alone, mute])
        let problems = await scene.keeper.problems()
        #expect(problems.map(\.secret.name) == ["alone.test", "mute.test"])
        #expect(problems.first?.message.hasSuffix("its Secret has no certificate of the issuer") == true)
        #expect(problems.last?.message.hasSuffix("it names no OCSP responder") == true)
        #expect(scene.transport.asked.isEmpty)
        // The same certificate comes with its issuer.
        let whole = try scene.credential(of: "alone.test", in: "whole")
        try await scene.answer(about: whole)
        await scene.keeper.follow([whole])
        await scene.settle { whole.staple != nil && alone.staple != nil }
        #expect(await scene.keeper.problems().map(\.secret.name) == ["mute.test"])
        await scene.keeper.stop()
    }

    @Test func `a response that is too long for a handshake is not presented`() async throws {
        let scene = try await StaplingScene()
        let credential = try await scene.credential("a.test", mustStaple: true)
        // The signed part holds answers about many certificates; the first counts.
        var request = ["ocsp", "-issuer", "ca.pem", "-no_nonce", "-reqout", "many.der", "-cert", "a.test.pem"]
        for number in 0..<220 { request += ["-serial", "0x\(String(0x5000 + number, radix: 16))"] }
        _ = try await ChildProcess.run(["env", "-C", scene.ca.folder.path, "openssl"] + request, in: scene.ca.folder)
        let many = Array(try Data(contentsOf: URL(filePath: scene.ca.folder.path + "/many.der")))
        let response = try await scene.ca.respond(to: many)
        #expect(response.count > RevocationLimits.stapleBytesMax && response.count < PKILimits.ocspResponseBytesMax, "\(response.count)")
        scene.transport.set(StaplingScene.responder, response)
        await scene.keeper.follow([credential])
        await scene.settle { await scene.keeper.facts().failures == 1 }
        #expect(await scene.keeper.problems().first?.message.contains("at most 16384 are stapled") == true)
        #expect(credential.staple == nil)
        await scene.keeper.stop()
    }

    @Test func `openssl's responder: good, hung, away, back with a revocation; a replacement has a response of its own`() async throws {
        let scene = try await StaplingScene()
        let transport = try RevocationHTTPTransport(privateNetworks: RevocationCA.networks, proxy: .direct)
        let keeper = StaplingKeeper(
            checker: RevocationChecker(transport: transport, time: scene.time), time: scene.time, logger: scene.log.logger, random: { 0.5 })
        let port = try FreePort.one()
        let url = "http://127.0.0.1:\(port)/"
        let credential = try await scene.credential("a.test", responders: [url])
        var (_, process) = try await scene.ca.startResponder(port: port)
        await keeper.follow([credential])
        await scene.settle { credential.staple != nil }
        let first = try #require(credential.staple)
        let evidence = try OCSPResponse.evidence(
            in: first.der, about: credential.keyPair.leaf, issuer: scene.ca.certificate, at: scene.time.now())
        #expect(evidence.status == .good && evidence.nextUpdate == first.end)

        let replacement = try await scene.credential("b.test", responders: [url])
        // The responder looks whether its index has changed before it waits for a request: the next one is answered by the old index.
        process.send(signal: 9)
        _ = await process.end(within: .seconds(10))
        (_, process) = try await scene.ca.startResponder(port: port)
        await keeper.follow([replacement])
        await scene.settle { replacement.staple != nil }
        #expect(replacement.staple?.der != first.der && credential.staple === first)

        // It hangs when the next question comes; what is presented stays.
        process.send(signal: 19)
        scene.time.advance(by: .hours(25))
        #expect(await eventually(within: .milliseconds(300), { credential.staple !== first }) == false)
        process.send(signal: 18)
        await scene.settle { await keeper.facts().updates + keeper.facts().failures >= 4 }
        #expect(credential.staple != nil && replacement.staple != nil)

        process.send(signal: 9)
        _ = await process.end(within: .seconds(10))
        try await scene.ca.revoke("a.test")
        scene.time.advance(by: .hours(20))
        await scene.settle { await keeper.facts().failures >= 2 }
        #expect(credential.staple != nil)
        (_, process) = try await scene.ca.startResponder(port: port)
        await scene.pass(upTo: .hours(3)) { credential.staple == nil }
        #expect(await keeper.problems().map(\.code) == [.revoked])
        #expect(process.isRunning)
        await keeper.stop()
        await transport.shutdown()
    }
}
