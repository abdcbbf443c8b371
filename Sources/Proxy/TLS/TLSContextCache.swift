internal import Certificates
internal import NIOSSL
internal import PKI
internal import Policies
internal import Synchronization

/// One TLS context per credential and policy, made when it is first asked for and shared by all loops, so that a session begun on one
/// loop resumes on another (the ticket keys belong to the context). Under another policy no session is resumed.
///
/// The lock is taken once per handshake, for tens of nanoseconds of the 200 microseconds that one costs; a cache per loop in front
/// of it would save nothing that can be measured.
final class TLSContextCache: Sendable {
    private struct Entry {
        /// Weak: the certificate index alone decides how long a credential lives. It also tells a new credential from an old one at
        /// the same address.
        weak var credential: Credential?
        /// Few: a credential serves hosts of few policies.
        var contexts: [(policy: TLSPolicy, context: NIOSSLContext)] = []
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    /// The context of a credential under a policy.
    ///
    /// - Throws: what BoringSSL says about the key pair. Our own parser has accepted it, so this is rare: a key type or curve that
    ///   only OpenSSL knows.
    func context(for credential: Credential, _ policy: TLSPolicy) throws -> NIOSSLContext {
        let identity = ObjectIdentifier(credential)
        let known = entries.withLock { $0[identity].flatMap { Self.context(in: $0, credential, policy) } }
        if let known { return known }
        // Outside the lock: this parses keys. Two loops may both do it; the first to come back wins, and both use its context.
        let made = try NIOSSLContext(configuration: policy.configuration(for: credential.keyPair))
        return entries.withLock { entries in
            if let entry = entries[identity], entry.credential === credential {
                if let context = Self.context(in: entry, credential, policy) { return context }
                entries[identity]?.contexts.append((policy, made))
            } else {
                entries[identity] = Entry(credential: credential, contexts: [(policy, made)])
            }
            return made
        }
    }

    private static func context(in entry: Entry, _ credential: Credential, _ policy: TLSPolicy) -> NIOSSLContext? {
        guard entry.credential === credential else { return nil }
        return entry.contexts.first { $0.policy == policy }?.context
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
