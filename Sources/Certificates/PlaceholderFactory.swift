internal import Core
internal import FoundationEssentials
internal import PKI
internal import Synchronization

/// Makes self-signed certificates for hosts that have no real one yet, when a handshake first asks for one, all with one key.
///
/// Any thread. The lock is held for a dictionary access; only handshakes for hosts without a certificate come here.
final class PlaceholderFactory: Sendable {
    private let key: PrivateKey
    private let notBefore: Date
    private let notAfter: Date
    private let cache = Mutex(PlaceholderCache())
    /// The placeholder for no host in particular; also used should making one fail. It has a DNS name because clients are known to
    /// crash on a certificate without any; the name is reserved never to exist (RFC 2606 §2).
    let fallback: Credential

    /// - Parameter now: validity begins a day earlier, for clocks that are behind, and lasts ten years: nobody trusts it anyway.
    init(now: Date) throws(PKIError) {
        key = try PrivateKey.generate(.ecdsaP256)
        notBefore = now.addingTimeInterval(-86_400)
        notAfter = now.addingTimeInterval(3650 * 86_400)
        guard let name = try? DNSName(parsing: "placeholder.invalid") else { preconditionFailure("the fallback's name is no DNS name") }
        fallback = try PlaceholderFactory.make(name, key, notBefore, notAfter)
    }

    /// The placeholder of a host pattern: the same object until ``CertificateLimits/placeholdersMax`` others were made.
    func credential(for pattern: String) -> Credential {
        if let known = cache.withLock({ $0[pattern] }) { return known }
        // Made outside the lock; of two threads that race, the first to store its own wins.
        guard let name = try? DNSName(parsing: pattern), let made = try? PlaceholderFactory.make(name, key, notBefore, notAfter)
        else { return fallback }
        return cache.withLock { $0.insert(made, for: pattern) }
    }

    private static func make(_ name: DNSName, _ key: PrivateKey, _ notBefore: Date, _ notAfter: Date) throws(PKIError) -> Credential {
        let certificate = try SelfSigned.issue(key: key, dnsNames: [name], notBefore: notBefore, notAfter: notAfter)
        return Credential(keyPair: try TLSKeyPair(certificates: [certificate], privateKey: key), secret: nil)
    }
}
