/// Unused anti-replay nonces, newest first. RFC 8555 §6.5.
struct NoncePool: Sendable {
    private var nonces: [String] = []

    /// Keeps the nonce of an answer; an invalid one is ignored (RFC 8555 §6.5.1).
    mutating func put(_ nonce: String?) {
        guard let nonce, NoncePool.isValid(nonce) else { return }
        if nonces.count == ACMELimits.noncesKeptMax { nonces.removeFirst() }
        nonces.append(nonce)
    }

    /// The newest nonce, or nil when a new one has to be fetched. It is never given twice.
    mutating func take() -> String? { nonces.popLast() }

    /// Forgets all: one was refused, so the CA has probably lost its memory and the rest are as old.
    mutating func removeAll() { nonces.removeAll() }

    /// Whether a text is base64url, not empty and not too long.
    static func isValid(_ nonce: String) -> Bool {
        !nonce.isEmpty && nonce.utf8.count <= ACMELimits.nonceBytesMax && nonce.utf8.allSatisfy(isBase64URL)
    }

    /// Whether a byte belongs to the alphabet of RFC 4648 §5 (no padding, as RFC 8555 has it everywhere).
    static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
