internal import Core
internal import Routing

/// Which certificate answers which server name, as of one moment. Immutable; safe to use from every event loop. Built by
/// ``CertificateCatalog``.
public final class CertificateIndex: Sendable {
    /// By host pattern of the `tls` sections.
    let hosts: HostMap<CertificateEntry>
    /// By DNS name of the certificates in force.
    let names: HostMap<CertificateEntry>
    /// Presented to a peer that names no host, or one that nothing is known about.
    public let fallback: Credential
    private let placeholders: PlaceholderFactory

    init(hosts: HostMap<CertificateEntry>, names: HostMap<CertificateEntry>, fallback: Credential, placeholders: PlaceholderFactory) {
        self.hosts = hosts
        self.names = names
        self.fallback = fallback
        self.placeholders = placeholders
    }

    /// The number of host patterns that `tls` sections list.
    public var hostCount: Int { hosts.count }

    /// Chooses the credential for a server name: the Secret named for exactly this host; the one named for the wildcard above it;
    /// any certificate in force that covers the name; for a listed host that has none of these, a placeholder of its own.
    ///
    /// Cheap and free of allocation except when a placeholder is asked for the first time.
    ///
    /// - Parameter serverName: the SNI host name or a `Host` field, in any case, with or without a trailing dot. RFC 6066 §3.
    /// - Returns: nil when nothing is known about the name; the caller presents ``fallback`` or refuses the handshake.
    public func credential(for serverName: Span<UInt8>) -> Credential? {
        guard let range = RequestHost.range(in: serverName) else { return nil }
        let name = serverName.extracting(range)
        let listed = hosts.match(name)
        if let real = real(name, listed) { return real }
        guard let entry = listed.exact ?? listed.wildcard else { return nil }
        return placeholders.credential(for: HostPattern.text(entry.storedName))
    }

    /// ``credential(for:)-(Span<UInt8>)`` for a name as text.
    public func credential(for serverName: String) -> Credential? {
        let bytes = Array(serverName.utf8)
        return credential(for: bytes.span)
    }

    /// Whether HTTPS is worth redirecting to: a `tls` section lists the host, or the wildcard above it, and a real certificate
    /// covers it. An expired one counts: its users have to see the error, not a silent downgrade.
    ///
    /// - Parameter authority: a `Host` field, in any case, with or without a port.
    public func hasCertificate(for authority: Span<UInt8>) -> Bool {
        guard let range = RequestHost.range(in: authority) else { return false }
        let name = authority.extracting(range)
        let listed = hosts.match(name)
        guard listed.exact != nil || listed.wildcard != nil else { return false }
        return real(name, listed) != nil
    }

    /// The certificate for a host pattern of a `tls` section; nil where a placeholder is presented.
    func realCredential(for pattern: String) -> Credential? {
        // What a wildcard stands for is a name below it.
        let bytes = Array((pattern.hasPrefix("*.") ? "any" + pattern.dropFirst() : pattern[...]).utf8)
        guard let range = RequestHost.range(in: bytes.span) else { return nil }
        let name = bytes.span.extracting(range)
        return real(name, hosts.match(name))
    }

    private func real(_ name: Span<UInt8>, _ listed: HostMap<CertificateEntry>.Match) -> Credential? {
        if let credential = listed.exact?.credential ?? listed.wildcard?.credential { return credential }
        let named = names.match(name)
        return (named.exact ?? named.wildcard)?.credential
    }
}
