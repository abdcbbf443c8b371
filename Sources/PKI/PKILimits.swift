/// What is looked at before any of it is parsed. Everything beyond is refused with ``PKIError/Code/tooLarge(got:limit:)``.
///
/// cert-manager's GHSA-r4pg-vg54-wxx4 is the lesson: work on a Secret is bounded by its size first, and only then begun. The
/// readers here are linear besides, so the bounds below are seconds away from being felt.
public enum PKILimits {
    /// Bytes of PEM text with certificates. A Kubernetes Secret holds 1 MiB in all, so nothing that could be stored is lost.
    public static let chainBytesMax = 1024 * 1024
    /// Bytes of PEM text with a private key. RSA 8192 needs 6.5 KiB; the rest is room for a combined file.
    public static let keyBytesMax = 64 * 1024
    /// Certificates in one PEM text. Public chains have two to four; a client sends and accepts far fewer than this.
    public static let chainCertificatesMax = 32
    /// PEM blocks of any kind in one text, so that a file of empty blocks costs nothing.
    public static let pemBlocksMax = 128
    /// Bytes of one certificate in DER. 64 KiB hold about 2,500 names; a CA issues at most 100.
    public static let certificateBytesMax = 64 * 1024
    /// Bytes of one certificate signing request in DER, for the same reason.
    public static let requestBytesMax = 64 * 1024
    /// Names and addresses in one request that we make or sign. Let's Encrypt allows 100; our own CA is not held to that.
    public static let requestNamesMax = 1000
    /// Bytes of a flattened JWS. An ACME request holds one CSR, a header and a signature.
    public static let jwsBytesMax = 256 * 1024
    /// Bytes of an OCSP response. With a delegated responder's certificate it has some 2 KiB.
    public static let ocspResponseBytesMax = 64 * 1024
    /// Bytes of a certificate revocation list. The largest public ones have about 10 MiB; those of Let's Encrypt are cut to less than 1.
    public static let revocationListBytesMax = 16 * 1024 * 1024
    /// Smallest RSA modulus that is accepted, in bits. CA/Browser Forum Baseline Requirements §6.1.5.
    public static let rsaBitsMin = 2048
    /// Largest RSA modulus that is accepted, in bits. BoringSSL, which serves the key, refuses more.
    public static let rsaBitsMax = 8192
    /// Longest common name, in characters. RFC 5280 appendix A.1, `ub-common-name`.
    public static let commonNameCharactersMax = 64
    /// Longest ARI certificate identifier that is read back. Key identifiers have 20 to 32 bytes, serial numbers at most 20.
    public static let ariIdentifierBytesMax = 512
    /// CA certificates and issuer facts that are remembered so that 10,000 chains share them. Beyond: the memory starts anew.
    static let internedMax = 256
}
