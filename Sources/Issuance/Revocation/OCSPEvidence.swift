public import PKI

/// A response of an OCSP responder with what it proves.
public struct OCSPEvidence: Hashable, Sendable {
    /// As it came. RFC 6960 §4.2.1.
    public let der: [UInt8]
    /// What it says about the certificate that was asked about.
    public let evidence: RevocationEvidence
}
