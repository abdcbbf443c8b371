internal import Certificates
internal import NIOSSL
internal import PKI
internal import Policies
internal import Synchronization

/// One TLS context per credential, made when it is first asked for and shared by all loops, so that a session begun on one loop
/// resumes on another (the ticket keys belong to the context).
///
/// The lock is taken once per handshake, for tens of nanoseconds of the 200 microseconds that one costs; a cache per loop in front
/// of it would save nothing that can be measured.
final class TLSContextCache: Sendable {
    private struct Entry {
        /// Weak: the certificate index alone decides how long a credential lives. It also tells a new credential from an old one at
        /// the same address.
        weak var credential: Credential?
        let context: NIOSSLContext
    }

    private let policy: TLSPolicy
    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    init(policy: TLSPolicy) {
        self.policy = policy
    }

    /// The context of a credential.
    ///
    /// - Throws: what BoringSSL says about the key pair. Our own parser has accepted it, so this is rare: a key type or curve that
    ///   only OpenSSL knows.
    func context(for credential: Credential) throws -> NIOSSLContext {
        let identity = ObjectIdentifier(credential)
        let known = entries.withLock { $0[identity].flatMap { $0.credential === credential ? $0.context : nil } }
        if let known { return known }
        // Outside the lock: this parses keys. Two loops may both do it; the first to come back wins, and both use its context.
        let made = try NIOSSLContext(configuration: policy.configuration(for: credential.keyPair))
        return entries.withLock { entries in
            if let entry = entries[identity], entry.credential === credential { return entry.context }
            entries[identity] = Entry(credential: credential, context: made)
            return made
        }
    }

    /// Lets go of the contexts whose credentials are in no index any more.
    func evictUnused() {
        entries.withLock { entries in
            for identity in entries.filter({ $0.value.credential == nil }).keys { entries[identity] = nil }
        }
    }

    /// Contexts held, for the tests.
    var count: Int { entries.withLock { $0.count } }
}
