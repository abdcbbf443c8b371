/// A key that signs updates. RFC 8945. The secret is wiped when the last copy goes; it is never printed.
public struct TSIGKey: Sendable, CustomStringConvertible {
    /// Its name at the server.
    public let name: DomainName
    /// How it signs.
    public let algorithm: TSIGAlgorithm
    let secret: WipedText

    /// Makes a key.
    ///
    /// - Parameter secretBase64: The secret as `tsig-keygen` writes it and a Secret of cert-manager holds it: base64, white space around
    ///   it ignored. The caller's copy is the caller's to wipe.
    /// - Throws: `.invalidKey` when it is not base64 or empty. Never says what it is instead.
    public init(name: DomainName, algorithm: TSIGAlgorithm, secretBase64: [UInt8]) throws(DNSError) {
        guard let secret = WipedText(base64: secretBase64) else {
            throw DNSError(.invalidKey("the secret is not base64, is empty or too long"), subject: "TSIG key \(name)")
        }
        self.name = name
        self.algorithm = algorithm
        self.secret = secret
    }

    /// Name and algorithm.
    public var description: String { "\(name) (\(algorithm))" }
}

/// HMAC algorithms of TSIG that libldns has. RFC 8945 §6.
public enum TSIGAlgorithm: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// HMAC-MD5, obsolete; cert-manager's default.
    case hmacMD5 = "HMACMD5"
    /// HMAC-SHA-1.
    case hmacSHA1 = "HMACSHA1"
    /// HMAC-SHA-256.
    case hmacSHA256 = "HMACSHA256"
    /// HMAC-SHA-512.
    case hmacSHA512 = "HMACSHA512"

    /// Reads cert-manager's `HMACSHA256`, BIND's `hmac-sha256` and the name of the protocol, `hmac-sha256.`, in any case; nil for others.
    public init?(parsing text: String) {
        let plain = text.uppercased().filter { $0 != "-" && $0 != "." }
        self.init(rawValue: plain == "HMACMD5SIGALGREGINT" ? "HMACMD5" : plain)
    }

    /// As in BIND's configuration.
    public var description: String {
        switch self {
        case .hmacMD5: "hmac-md5"
        case .hmacSHA1: "hmac-sha1"
        case .hmacSHA256: "hmac-sha256"
        case .hmacSHA512: "hmac-sha512"
        }
    }

    /// The domain name that the protocol has for it.
    var domainName: String { self == .hmacMD5 ? "hmac-md5.sig-alg.reg.int." : description + "." }
}
