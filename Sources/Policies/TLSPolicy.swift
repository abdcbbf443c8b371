/// What a TLS listener accepts: a `TLSPolicy` document, such as the shipped ones in `policies/tls`.
public struct TLSPolicy: Hashable, Sendable {
    /// A protocol version that we can speak. Ordered.
    public enum Version: String, Hashable, Sendable, CaseIterable, Comparable {
        /// RFC 5246.
        case tls12 = "1.2"
        /// RFC 8446.
        case tls13 = "1.3"

        /// Older before newer.
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// A cipher suite of TLS 1.2, by its name in the IANA registry. Forward secrecy and AEAD only: nothing else is worth a name here.
    public enum CipherSuite: String, Hashable, Sendable, CaseIterable {
        /// RFC 5289.
        case ecdheECDSAAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        /// RFC 5289.
        case ecdheRSAAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        /// RFC 5289.
        case ecdheECDSAAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        /// RFC 5289.
        case ecdheRSAAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        /// RFC 7905.
        case ecdheECDSAChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        /// RFC 7905.
        case ecdheRSAChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"

        /// The code point. IANA "TLS Cipher Suites".
        public var codePoint: UInt16 {
            switch self {
            case .ecdheECDSAAES128GCM: 0xC02B
            case .ecdheRSAAES128GCM: 0xC02F
            case .ecdheECDSAAES256GCM: 0xC02C
            case .ecdheRSAAES256GCM: 0xC030
            case .ecdheECDSAChaCha20: 0xCCA9
            case .ecdheRSAChaCha20: 0xCCA8
            }
        }
    }

    /// A group for the key exchange.
    public enum Curve: String, Hashable, Sendable, CaseIterable {
        /// The hybrid of X25519 and ML-KEM-768, draft-ietf-tls-ecdhe-mlkem.
        case x25519MLKEM768 = "X25519MLKEM768"
        /// RFC 7748.
        case x25519 = "X25519"
        /// FIPS 186.
        case p256 = "P-256"
        /// FIPS 186.
        case p384 = "P-384"

        /// The code point. IANA "TLS Supported Groups".
        public var codePoint: UInt16 {
            switch self {
            case .x25519MLKEM768: 0x11EC
            case .x25519: 0x001D
            case .p256: 0x0017
            case .p384: 0x0018
            }
        }
    }

    /// An application protocol that we can speak, by its name in the IANA registry. RFC 7301.
    public enum ApplicationProtocol: String, Hashable, Sendable, CaseIterable {
        /// RFC 9112.
        case http11 = "http/1.1"
    }

    /// `metadata.name`.
    public let name: String
    /// The oldest version that is accepted.
    public let minVersion: Version
    /// The newest.
    public let maxVersion: Version
    /// What is offered in TLS 1.2, preferred first. Not empty when ``minVersion`` is 1.2. TLS 1.3's suites are fixed.
    public let cipherSuites: [CipherSuite]
    /// Groups of the key exchange, preferred first. Never empty.
    public let curves: [Curve]
    /// Offered by ALPN, preferred first; empty offers nothing. A peer that names only others gets none and speaks HTTP/1.1 or leaves.
    public let applicationProtocols: [ApplicationProtocol]
    /// What is said in `Strict-Transport-Security`; nil says nothing.
    public let hsts: StrictTransportSecurity?
}
