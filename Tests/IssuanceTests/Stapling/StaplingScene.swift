import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import Certificates
@testable import Issuance

/// A keeper in a time that stands still, a CA of `openssl`, and what its responder answers.
final class StaplingScene: Sendable {
    static let responder = "http://ocsp.test/"

    let ca: RevocationCA
    /// A little later than now, since `openssl` dates what it makes by the clock of the machine, and this one stands still meanwhile.
    let time = ControlledTime(Date() + StaplingScene.lead)
    static let lead: Double = 300
    let transport = ScriptedTransport()
    let log = LogCapture()
    let keeper: StaplingKeeper

    init(random: Double = 0.5) async throws {
        ca = try await RevocationCA()
        keeper = StaplingKeeper(
            checker: RevocationChecker(transport: transport, time: time), time: time, logger: log.logger, random: { random })
    }

    /// A certificate in a Secret of this name.
    func credential(
        _ name: String, responders: [String] = [StaplingScene.responder], mustStaple: Bool = false, isIssuerKnown: Bool = true
    ) async throws -> Credential {
        _ = try await ca.issue(name, responders: responders, more: mustStaple ? ["tlsfeature = status_request"] : [])
        return try credential(of: name, in: name, isIssuerKnown: isIssuerKnown)
    }

    /// Another Secret with a certificate that was issued.
    func credential(of name: String, in secret: String, isIssuerKnown: Bool = true) throws -> Credential {
        let chain = try ca.folder.read("\(name).pem") + (isIssuerKnown ? ca.folder.read("ca.pem") : "")
        let pair = try TLSKeyPair(certificatePEM: Array(chain.utf8), privateKeyPEM: Array(ca.folder.read("\(name).key").utf8))
        return Credential(keyPair: pair, secret: NamespacedName(namespace: "web", name: secret))
    }

    /// What `openssl ocsp` says about a certificate now.
    func response(about credential: Credential, _ options: [String] = ["-ndays", "2"]) async throws -> [UInt8] {
        try await ca.respond(to: OCSPRequest(for: credential.keyPair.leaf, issuer: ca.certificate).der, options)
    }

    /// Has the responder answer about a certificate as it is now.
    func answer(about credential: Credential, _ options: [String] = ["-ndays", "2"]) async throws {
        transport.set(Self.responder, try await response(about: credential, options))
    }

    /// Lets time pass until something is so, in steps.
    func pass(
        upTo limit: Duration = .days(4), step: Duration = .minutes(10), sourceLocation: SourceLocation = #_sourceLocation,
        until isSo: () async -> Bool
    ) async {
        let end = time.now() + limit.seconds
        while time.now() < end {
            if await eventually(within: .milliseconds(20), isSo) { return }
            // What wakes now goes to sleep again before the next step.
            time.advance(by: step)
            _ = await eventually(within: .milliseconds(200)) { time.sleeperCount > 0 }
        }
        Issue.record("not so for \(limit)", sourceLocation: sourceLocation)
    }

    /// Lets time pass.
    func pass(_ duration: Duration, step: Duration = .minutes(30)) async {
        let end = time.now() + duration.seconds
        while time.now() < end {
            time.advance(by: step)
            _ = await eventually(within: .milliseconds(200)) { time.sleeperCount > 0 && transport.running == 0 }
        }
    }

    /// Waits for an answer that needs no time to pass.
    func settle(_ isSo: () async -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async {
        #expect(await eventually(isSo), sourceLocation: sourceLocation)
    }
}
