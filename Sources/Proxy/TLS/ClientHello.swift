/// What a TLS client says before anything is encrypted, as far as choosing a certificate needs it. RFC 8446 §4.1.2.
struct ClientHello: Equatable {
    /// The `host_name` of the `server_name` extension in lower case without a trailing dot, RFC 6066 §3; nil when it is absent
    /// or is not made of letters, digits, hyphens, underscores and dots (an IP address or garbage chooses nothing).
    var serverName: String?
    /// The names of the ALPN extension in the client's order, RFC 7301 §3.1. Bytes that are not UTF-8 are repaired.
    var applicationProtocols: [String] = []
    /// The versions of `supported_versions`, RFC 8446 §4.2.1, GREASE included; without the extension, `legacy_version` alone.
    var versions: [UInt16] = []

    /// Whether a CA is validating: it offers its protocol and no other. RFC 8737 §3.
    var isValidation: Bool { applicationProtocols == [Self.acmeProtocol] }

    /// RFC 8737 §6.2.
    static let acmeProtocol = "acme-tls/1"
}

/// Why the first bytes of a connection are not a ClientHello that TLS should see.
enum ClientHelloError: Error, Equatable {
    /// The first record is not a handshake record of SSL 3 or later. With `looksLikeHTTP`, the client forgot the `s` of `https`.
    case notTLS(looksLikeHTTP: Bool)
    /// A record of no bytes or of more than 2^14 bytes. RFC 8446 §5.1.
    case badRecordLength(Int)
    /// The first handshake message is not a ClientHello, or another record type came in between.
    case unexpectedMessage(UInt8)
    /// More than ``ClientHelloReader/messageBytesMax``, as its header announces.
    case tooLong(bytes: Int)
    /// A length inside the message does not fit.
    case malformed

    /// The code of the fatal alert that tells the peer. RFC 8446 §6.2.
    var alert: UInt8 {
        switch self {
        case .notTLS, .unexpectedMessage: 10
        case .badRecordLength, .tooLong: 22
        case .malformed: 50
        }
    }
}
