public import Core
public import PKI
internal import Synchronization

/// A key pair as the data plane presents it. Its identity lasts as long as the content of its Secret, whatever else changes, so
/// that TLS contexts may be cached by `ObjectIdentifier`.
public final class Credential: Sendable {
    /// The chain and its private key.
    public let keyPair: TLSKeyPair
    /// Whether it is self-signed by us, for want of a real one.
    public let isPlaceholder: Bool
    /// The Secret that it was read from; nil for a placeholder.
    public let secret: NamespacedName?
    /// The DNS names of the leaf as host patterns, for constant-time answers: an Ingress may list thousands of hosts.
    let names: Set<String>
    private let stapled = Mutex<OCSPStaple?>(nil)

    init(keyPair: TLSKeyPair, secret: NamespacedName?) {
        self.keyPair = keyPair
        isPlaceholder = secret == nil
        self.secret = secret
        names = Set(keyPair.leaf.dnsNames)
    }

    /// The OCSP response that goes with the certificate in handshakes from now on; nil for none. Any thread: the one thing here that
    /// changes, since a response ends long before a certificate does.
    public var staple: OCSPStaple? {
        get { stapled.withLock { $0 } }
        set { stapled.withLock { $0 = newValue } }
    }

    /// Whether the leaf's DNS names cover a host pattern; the common name does not count. RFC 9525 §6.3.
    func covers(_ pattern: String) -> Bool {
        if names.contains(pattern) { return true }
        guard !pattern.hasPrefix("*."), let dot = pattern.utf8.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return names.contains("*" + pattern[dot...])
    }
}
