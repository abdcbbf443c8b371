import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Synchronization
import TestKit
import Testing

@testable import Issuance

/// A look at challenges that a test answers.
private final class ScriptedProbe: ChallengeProbe {
    struct Refused: Error, CustomStringConvertible { let description = "connection refused" }

    let name = "our own listener"
    private let web: @Sendable (_ look: Int, _ token: String) throws -> [UInt8]
    private let tls: @Sendable (_ look: Int, _ host: String) throws -> [UInt8]?
    private let state = Mutex<[String]>([])

    init(
        http01: @escaping @Sendable (Int, String) throws -> [UInt8] = { _, _ in throw Refused() },
        tlsALPN01: @escaping @Sendable (Int, String) throws -> [UInt8]? = { _, _ in throw Refused() }
    ) {
        web = http01
        tls = tlsALPN01
    }

    /// The hosts that were looked at, in order.
    var looks: [String] { state.withLock { $0 } }

    private func look(_ host: String) -> Int {
        state.withLock {
            $0.append(host)
            return $0.count
        }
    }

    func http01(host: String, token: String) async throws -> [UInt8] { try web(look(host), token) }
    func tlsALPN01(host: String) async throws -> [UInt8]? { try tls(look(host), host) }
}

@Suite("Self-check of challenges, RFC 8555 §8.3 and RFC 8737 §3") struct SelfCheckTests {
    private func challenge(_ type: ChallengeType = .http01) throws -> PresentedChallenge {
        PresentedChallenge(
            type: type, identifier: try ACMEIdentifier(parsing: "a.example"), token: "token", keyAuthorization: "token.print")
    }

    private func fault(
        _ probes: [ScriptedProbe], _ type: ChallengeType = .http01, _ time: ManualTime = ManualTime()
    ) async throws -> String? {
        do {
            try await SelfCheck(probes).confirm(try challenge(type), time: time)
            return nil
        } catch let failure as SelfCheckFailure { return failure.description }
    }

    private static let right: @Sendable (Int, String) throws -> [UInt8] = { _, _ in Array("token.print".utf8) }

    @Test func `what is right at once costs no time, with white space behind it too`() async throws {
        for body in ["token.print", "token.print\r\n", "token.print \t\n"] {
            let (probe, time) = (ScriptedProbe(http01: { _, _ in Array(body.utf8) }), ManualTime())
            #expect(try await fault([probe], .http01, time) == nil)
            #expect(probe.looks == ["a.example"] && time.slept.isEmpty)
        }
    }

    @Test func `another body is no answer`() async throws {
        for body in ["", "token.other", "token.print2", " token.print", "token.prin"] {
            let fault = try await fault([ScriptedProbe(http01: { _, _ in Array(body.utf8) })])
            #expect(
                fault == "self-check of http-01 for a.example at our own listener: the answer is not the key authorization, "
                    + "but \(body.utf8.count) bytes of something else")
        }
    }

    @Test func `after the minute of patience it gives up, with the last thing that was wrong`() async throws {
        let (probe, time) = (ScriptedProbe(), ManualTime())
        let fault = try await fault([probe], .http01, time)
        #expect(fault == "self-check of http-01 for a.example at our own listener: connection refused")
        #expect(probe.looks.count == 7 && time.slept == Array(repeating: .seconds(10), count: 6))
        // All of the patience is used, none beyond it.
        let (slow, later) = (ScriptedProbe(), ManualTime())
        await #expect(throws: SelfCheckFailure.self) {
            try await SelfCheck([slow], patience: .seconds(25), period: .seconds(10)).confirm(try challenge(), time: later)
        }
        #expect(slow.looks.count == 3 && later.slept.count == 2)
    }

    @Test func `what is right after a while is right, and all ways have to be`() async throws {
        let time = ManualTime()
        let late = ScriptedProbe(http01: { look, _ in
            guard look > 3 else { throw ScriptedProbe.Refused() }
            return Array("token.print".utf8)
        })
        let good = ScriptedProbe(http01: Self.right)
        #expect(try await fault([good, late], .http01, time) == nil)
        #expect(late.looks.count == 4 && time.slept.count == 3)
        #expect(try await fault([good, ScriptedProbe()]) != nil)
    }

    @Test func `a certificate has to carry the digest, and a way without TLS says nothing`() async throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        func certificate(_ keyAuthorization: String) throws -> [UInt8] {
            try ACMEIdentifierCertificate.make(identifier: "a.example", keyAuthorization: keyAuthorization, key: key, now: Date()).der
        }
        let (right, wrong) = (try certificate("token.print"), try certificate("token.other"))
        #expect(try await fault([ScriptedProbe(tlsALPN01: { _, _ in right })], .tlsALPN01) == nil)
        #expect(try await fault([ScriptedProbe(tlsALPN01: { _, _ in nil })], .tlsALPN01) == nil)
        for other in [wrong, [], [0x04, 0x22]] {
            #expect(
                try await fault([ScriptedProbe(tlsALPN01: { _, _ in other })], .tlsALPN01)
                    == "self-check of tls-alpn-01 for a.example at our own listener: the certificate shown is not the one for the challenge"
            )
        }
        // Records in the DNS have a check of their own.
        #expect(try await fault([ScriptedProbe()], .dns01) == nil)
    }

    @Test func `a check that is cancelled is no failure`() async throws {
        let time = ControlledTime(passing: .zero)
        let challenge = try challenge()
        let task = Task { try await SelfCheck([ScriptedProbe()]).confirm(challenge, time: time) }
        #expect(await eventually { time.sleeperCount == 1 })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

@Suite("Self-check in the controller") struct SelfCheckControllerTests {
    private func bench(solvers: String) throws -> Bench {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(extra: "solvers: \(solvers)"), Manifest.ingress("a", hosts: ["a.example"]))
        return bench
    }

    @Test func `a challenge that cannot be reached is an error and the CA is not asked`() async throws {
        let bench = try bench(solvers: "[{http01: {ingress: {}}}]")
        let web = bench.web
        let probe = ScriptedProbe(http01: { look, token in Array((look > 7 ? web.tokens[token] ?? "" : "<html>").utf8) })
        try bench.start(selfCheck: SelfCheck([probe]))
        let fact = try await bench.fact { $0.failures == 1 }
        let words = "self-check of http-01 for a.example at our own listener: the answer is not the key authorization"
        #expect(fact.lastError?.contains(words) == true, "\(fact.lastError ?? "")")
        #expect(probe.looks.count == 7)
        #expect(await bench.ca.counts.requests[.challenge, default: 0] == 0)
        #expect(bench.web.asked.isEmpty)
        // The order is as good as before, and goes on when the way is open.
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(1))
        #expect(try await bench.valid().failures == 0)
        #expect(await bench.ca.counts.orders == 1)
        try await bench.eventually { bench.web.tokens.isEmpty }
        await bench.stop()
    }

    @Test func `what is right after a while is then left to the CA`() async throws {
        let bench = try bench(solvers: "[{http01: {ingress: {}}}]")
        let web = bench.web
        let probe = ScriptedProbe(http01: { look, token in
            guard look > 2, let answer = web.tokens[token] else { throw ScriptedProbe.Refused() }
            return Array(answer.utf8)
        })
        try bench.start(selfCheck: SelfCheck([probe]))
        #expect(try await bench.valid().failures == 0)
        #expect(probe.looks.count == 3 && bench.web.asked == ["a.example"])
        #expect(await bench.ca.counts.requests[.challenge] == 1)
        await bench.stop()
    }

    @Test func `without solvers tls-alpn-01 is taken when http-01 cannot be reached from here`() async throws {
        let bench = try bench(solvers: "[]")
        let probe = ScriptedProbe(tlsALPN01: { _, _ in nil })
        try bench.start(selfCheck: SelfCheck([probe]))
        #expect(try await bench.valid().failures == 0)
        // The CA was asked for one challenge only, and never came to port 80.
        #expect(bench.web.asked.isEmpty)
        #expect(await bench.ca.counts.requests[.challenge] == 1)
        try await bench.eventually { bench.web.hosts.isEmpty && bench.web.tokens.isEmpty }
        await bench.stop()
    }
}
