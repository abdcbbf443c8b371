internal import ACME
internal import Core
internal import FoundationEssentials
internal import PKI

/// Looks at challenges as a CA does, from here.
public protocol ChallengeProbe: Sendable {
    /// What errors call the way that is probed, such as `our own listener 127.0.0.1:8080`.
    var name: String { get }
    /// The body that an http-01 request gets. RFC 8555 §8.3.
    ///
    /// - Parameter host: a DNS name, or an address as an URL writes it without brackets.
    func http01(host: String, token: String) async throws -> [UInt8]
    /// The certificate, DER, that a handshake with ALPN `acme-tls/1` gets. RFC 8737 §3. Nil when this way has no TLS.
    func tlsALPN01(host: String) async throws -> [UInt8]?
}

/// Asks for a challenge before the CA is told to: what fails here would cost a failed validation there.
public struct SelfCheck: Sendable {
    private let probes: [any ChallengeProbe]
    private let patience: Duration
    private let period: Duration

    /// Makes a check that needs all probes to succeed.
    ///
    /// - Parameter patience: How long until they must; beyond, the challenge fails without the CA having been asked.
    /// - Parameter period: The wait between two looks. cert-manager's 10 s by default.
    public init(_ probes: [any ChallengeProbe], patience: Duration = .seconds(60), period: Duration = .seconds(10)) {
        self.probes = probes
        self.patience = patience
        self.period = period
    }

    func confirm(_ challenge: PresentedChallenge, time: any TimeSource) async throws {
        let deadline = time.now().addingTimeInterval(patience.seconds)
        while true {
            guard let fault = await firstFault(of: challenge) else { return }
            try Task.checkCancellation()
            guard time.now().addingTimeInterval(period.seconds) <= deadline else { throw SelfCheckFailure(description: fault) }
            try await time.sleep(for: period)
        }
    }

    private func firstFault(of challenge: PresentedChallenge) async -> String? {
        for probe in probes {
            if let fault = await fault(of: challenge, by: probe) { return fault }
        }
        return nil
    }

    /// What is wrong; nil when the CA would be content.
    private func fault(of challenge: PresentedChallenge, by probe: any ChallengeProbe) async -> String? {
        let host = challenge.identifier.value
        let subject = "self-check of \(challenge.type.rawValue) for \(host) at \(probe.name)"
        do {
            switch challenge.type {
            case .http01:
                let body = try await probe.http01(host: host, token: challenge.token)
                // RFC 8555 §8.3: white space at the end does not count.
                let end = body.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? 0
                guard Array(body[..<end]) == Array(challenge.keyAuthorization.utf8) else {
                    return "\(subject): the answer is not the key authorization, but \(body.count) bytes of something else"
                }
            case .tlsALPN01:
                guard let certificate = try await probe.tlsALPN01(host: host) else { return nil }
                // The extension's value is an OCTET STRING with the digest in one of its own. RFC 8737 §3.
                let value = [0x04, 0x22, 0x04, 0x20] + sha256(Array(challenge.keyAuthorization.utf8))
                guard Self.contains(certificate, value) else {
                    return "\(subject): the certificate shown is not the one for the challenge"
                }
            case .dns01, .dnsPersist01: return nil
            }
            return nil
        } catch {
            return "\(subject): \(ShownText.line("\(error)"))"
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}

/// A challenge that the CA would not find.
struct SelfCheckFailure: Error, CustomStringConvertible {
    let description: String
}
