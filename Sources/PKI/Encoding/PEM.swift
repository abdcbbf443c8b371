/// PEM text, RFC 7468: finding blocks, decoding and encoding them. Linear in the length of the text.
public enum PEM {
    /// Encodes DER as one block with lines of 64 characters and a final newline.
    public static func encode(_ der: [UInt8], label: String) -> String {
        let bytes = [UInt8](capacity: encodedCount(der.count, label: label)) { text in write(der.span, label: label, to: &text) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The certificates as blocks, one after another in the given order: what a `tls.crt` holds.
    public static func encode(_ certificates: [Certificate]) -> String {
        certificates.map { encode($0.der, label: "CERTIFICATE") }.joined()
    }

    /// Encodes a secret as one block, into memory that is wiped.
    static func encode(secret der: SecretBytes, label: String) -> SecretBytes {
        der.withBytes { bytes in
            SecretBytes(capacity: encodedCount(bytes.count, label: label)) { text in write(bytes, label: label, to: &text) }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let lineCharacters = 64

    private static func encodedCount(_ count: Int, label: String) -> Int {
        let characters = (count + 2) / 3 * 4
        let lines = (characters + lineCharacters - 1) / lineCharacters
        return characters + lines + 2 * label.utf8.count + "-----BEGIN -----\n-----END -----\n".utf8.count
    }

    /// Writes the block: `encodedCount` bytes.
    private static func write(_ der: Span<UInt8>, label: String, to text: inout OutputSpan<UInt8>) {
        for byte in "-----BEGIN \(label)-----\n".utf8 { text.append(byte) }
        var index = 0
        var column = 0
        while index < der.count {
            let left = min(3, der.count - index)
            var group = UInt32(der[index]) << 16
            if left > 1 { group |= UInt32(der[index + 1]) << 8 }
            if left > 2 { group |= UInt32(der[index + 2]) }
            for digit in 0..<4 {
                text.append(digit <= left ? alphabet[Int(group >> (18 - 6 * UInt32(digit))) & 63] : UInt8(ascii: "="))
            }
            index += 3
            column += 4
            if column == lineCharacters || index >= der.count {
                text.append(UInt8(ascii: "\n"))
                column = 0
            }
        }
        for byte in "-----END \(label)-----\n".utf8 { text.append(byte) }
    }
}
