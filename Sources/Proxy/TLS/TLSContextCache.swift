internal import Certificates
internal import Logging
internal import NIOSSL
internal import PKI
internal import Policies
internal import Synchronization

/// One TLS context per credential and policy, made when it is first asked for and shared by all loops, so that a session begun on one
/// loop resumes on another (the ticket keys belong to the context). Under another policy no session is resumed.
///
/// A credential's OCSP response is part of its context: another response makes another context, with the next handshake, and the
/// sessions of the one before are not resumed. BoringSSL could take a new response into a context that exists, but not while other
/// threads shake hands.
///
/// The lock is taken once per handshake, for tens of nanoseconds of the 200 microseconds that one costs; a cache per loop in front
/// of it would save nothing that can be measured.
final class TLSContextCache: Sendable {
    private struct Entry {
        /// Weak: the certificate index alone decides how long a credential lives. It also tells a new credential from an old one at
        /// the same address.
        weak var credential: Credential?
        /// Few: a credential serves hosts of few policies.
        var contexts: [(policy: TLSPolicy, staple: OCSPStaple?, context: NIOSSLContext)] = []
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
    private let logger: Logger
    private let isRefused = Atomic(false)

    /// - Parameter logger: told once when OCSP responses cannot be stapled.
    init(logger: Logger) { self.logger = logger }

    /// Whether a context did not take an OCSP response, because NIOSSL is not what we know.
    var refusesStaples: Bool { isRefused.load(ordering: .relaxed) }

    /// The context of a credential under a policy.
    ///
    /// - Throws: what BoringSSL says about the key pair. Our own parser has accepted it, so this is rare: a key type or curve that
    ///   only OpenSSL knows.
    func context(for credential: Credential, _ policy: TLSPolicy) throws -> NIOSSLContext {
        let identity = ObjectIdentifier(credential)
        let staple = credential.staple
        let known = entries.withLock { $0[identity].flatMap { Self.context(in: $0, credential, policy, staple) } }
        if let known { return known }
        // Outside the lock: this parses keys. Two loops may both do it; the first to come back wins, and both use its context.
        let made = try makeContext(for: credential, policy, staple)
        return entries.withLock { entries in
            if let entry = entries[identity], entry.credential === credential {
                if let context = Self.context(in: entry, credential, policy, staple) { return context }
                entries[identity]?.contexts.removeAll { $0.policy == policy }
                entries[identity]?.contexts.append((policy, staple, made))
            } else {
                entries[identity] = Entry(credential: credential, contexts: [(policy, staple, made)])
            }
            return made
        }
    }

    private func makeContext(for credential: Credential, _ policy: TLSPolicy, _ staple: OCSPStaple?) throws -> NIOSSLContext {
        let context = try NIOSSLContext(configuration: policy.configuration(for: credential.keyPair))
        context.disableSessionCache()
        if let staple, !context.staple(staple.der), !isRefused.exchange(true, ordering: .relaxed) {
            logger.warning("OCSP responses cannot be stapled: this build of NIOSSL takes none")
        }
        return context
    }

    private static func context(
        in entry: Entry, _ credential: Credential, _ policy: TLSPolicy, _ staple: OCSPStaple?
    ) -> NIOSSLContext? {
        guard entry.credential === credential else { return nil }
        return entry.contexts.first { $0.policy == policy && $0.staple === staple }?.context
    }

    /// Lets go of the contexts whose credentials are in no index any more.
    func evictUnused() {
        entries.withLock { entries in
            for identity in entries.filter({ $0.value.credential == nil }).keys { entries[identity] = nil }
        }
    }

    /// Lets go of the contexts of policies that are none of these.
    func evict(except policies: [TLSPolicy]) {
        entries.withLock { entries in
            for identity in entries.keys { entries[identity]?.contexts.removeAll { !policies.contains($0.policy) } }
        }
    }

    /// Contexts held, for the tests.
    var count: Int { entries.withLock { $0.values.reduce(0) { $0 + $1.contexts.count } } }
}
