internal import FoundationEssentials
internal import NIOCore
internal import NIOSSL
internal import PKI
internal import Synchronization

/// The TLS contexts that answer tls-alpn-01 challenges, shared by all loops. RFC 8737 §3.
///
/// One is made when the first validation of a challenge comes and kept for a while, since a CA looks from several places, and whoever
/// knows of a challenge may ask for it as often as he likes: beyond the first time it costs him more than us.
final class ChallengeContexts: Sendable {
    private struct Entry {
        let keyAuthorization: String
        let context: NIOSSLContext
        let madeAt: NIODeadline
    }

    private struct Shared {
        /// Of all certificates: nobody trusts them for anything, it is their extension that counts.
        var key: PrivateKey?
        var entries: [String: Entry] = [:]
    }

    private let shared = Mutex(Shared())

    /// The context for an identifier.
    ///
    /// - Throws: what OpenSSL or BoringSSL say; they have no reason to.
    func context(for identifier: String, _ keyAuthorization: String, now: NIODeadline = .now()) throws -> NIOSSLContext {
        let known = shared.withLock { shared in
            shared.entries[identifier].flatMap { Self.isGood($0, keyAuthorization, now) ? $0.context : nil }
        }
        if let known { return known }
        let made = try Self.makeContext(for: identifier, keyAuthorization, key: try key())
        shared.withLock { shared in
            if shared.entries.count >= ChallengeLimits.contextsMax {
                shared.entries = shared.entries.filter { now - $0.value.madeAt < ChallengeLimits.contextTime }
                if shared.entries.count >= ChallengeLimits.contextsMax { shared.entries = [:] }
            }
            shared.entries[identifier] = Entry(keyAuthorization: keyAuthorization, context: made, madeAt: now)
        }
        return made
    }

    /// Contexts held, for the tests.
    var count: Int { shared.withLock { $0.entries.count } }

    private static func isGood(_ entry: Entry, _ keyAuthorization: String, _ now: NIODeadline) -> Bool {
        entry.keyAuthorization == keyAuthorization && now - entry.madeAt < ChallengeLimits.contextTime
    }

    private func key() throws(PKIError) -> PrivateKey {
        if let key = shared.withLock({ $0.key }) { return key }
        let made = try PrivateKey.generate(.ecdsaP256)
        return shared.withLock { shared in
            let key = shared.key ?? made
            shared.key = key
            return key
        }
    }

    private static func makeContext(for identifier: String, _ keyAuthorization: String, key: PrivateKey) throws -> NIOSSLContext {
        let certificate = try ACMEIdentifierCertificate.make(
            identifier: identifier, keyAuthorization: keyAuthorization, key: key, now: Date())
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: certificate.der, format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key.pem().copy(), format: .pem)))
        // Whatever the host's own policy is: RFC 8737 §3 lets a CA come with TLS 1.2.
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [ClientHello.acmeProtocol]
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }
}
