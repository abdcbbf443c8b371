internal import Routing

/// What is known about a host pattern that a `tls` section lists, or a name that a certificate has.
final class CertificateEntry: HostMapEntry {
    let storedName: [UInt8]
    /// What serves it; nil: none of the Secrets named for it has a certificate that covers it.
    let credential: Credential?

    init(_ pattern: String, _ credential: Credential?) {
        storedName = HostPattern.stored(pattern)
        self.credential = credential
    }

    func isStored(as name: Span<UInt8>) -> Bool {
        let stored = storedName
        return HostHash.equal(name, stored: stored.span)
    }
}
