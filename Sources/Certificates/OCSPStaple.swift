public import FoundationEssentials

/// What the CA's OCSP responder says about a certificate, to be handed to clients in handshakes. RFC 6066 §8.
///
/// A class, so that whoever caches something made of it sees by identity whether there is a newer one.
public final class OCSPStaple: Sendable {
    /// The response, checked by whoever got it. RFC 6960 §4.2.1.
    public let der: [UInt8]
    /// When it is out of date.
    public let end: Date

    /// Makes one of a response that says that a certificate is good.
    public init(der: [UInt8], end: Date) {
        self.der = der
        self.end = end
    }
}
