internal import PKI

/// The rule behind `preferredChain`, as in cert-manager: the common name of the issuer of the top-most certificate.
enum ChainPreference {
    static func matches(_ keyPair: TLSKeyPair, _ wanted: String) -> Bool {
        guard let top = keyPair.chain.last else { return false }
        return commonName(of: top.issuer) == wanted
    }

    /// The first `CN` of an RFC 2253 name. RFC 2253 §2.4: `\` escapes a character or a byte in hexadecimal.
    static func commonName(of name: String) -> String? {
        for part in split(name) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            guard String(decoding: part[..<equals], as: UTF8.self).uppercased() == "CN" else { continue }
            return unescaped(part[(equals + 1)...])
        }
        return nil
    }

    private static func split(_ name: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(name.utf8)
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: "+") {
                parts.append(bytes[start..<index])
                start = index + 1
            }
            index += 1
        }
        parts.append(bytes[start...])
        return parts.map { $0.drop(while: { $0 == UInt8(ascii: " ") }) }
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), !rest.isEmpty else {
                bytes.append(byte)
                continue
            }
            if rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else if let next = rest.popFirst() {
                bytes.append(next)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
