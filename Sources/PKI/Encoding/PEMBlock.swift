/// Where one PEM block is in a text. The text stays with the caller.
struct PEMBlock {
    /// What stands behind `BEGIN`: `CERTIFICATE`, `EC PRIVATE KEY`.
    let label: String
    /// The base64 characters and the line breaks among them.
    let body: Range<Int>
    /// Whether an RFC 1421 header says `Proc-Type: 4,ENCRYPTED`.
    let isEncrypted: Bool

    /// Finds all blocks. Text outside of blocks is ignored, as RFC 7468 §2 wants.
    ///
    /// - Throws: when a block has no end, an end that does not fit, or when there are more than ``PKILimits/pemBlocksMax``.
    static func all(in text: Span<UInt8>, subject: String) throws(PKIError) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: Open?
        var at = 0
        while at < text.count {
            let line = nextLine(in: text, from: &at)
            if let label = label(of: line, in: text, after: "-----BEGIN ") {
                if let open { throw PKIError(.notPEM, subject, "the PEM block \(open.label) has no END line") }
                guard blocks.count < PKILimits.pemBlocksMax else {
                    throw PKIError(
                        .tooLarge(got: blocks.count + 1, limit: PKILimits.pemBlocksMax), subject,
                        "has more than \(PKILimits.pemBlocksMax) PEM blocks")
                }
                open = Open(label: label, start: at)
            } else if let label = label(of: line, in: text, after: "-----END ") {
                guard let begun = open else { continue }
                guard begun.label == label else {
                    throw PKIError(.notPEM, subject, "the PEM block \(begun.label) ends as \(label)")
                }
                blocks.append(PEMBlock(label: label, body: begun.start..<line.lowerBound, isEncrypted: begun.isEncrypted))
                open = nil
            } else if open != nil {
                open?.readHeader(line, in: text, next: at)
            }
        }
        if let open { throw PKIError(.notPEM, subject, "the PEM block \(open.label) has no END line") }
        return blocks
    }

    /// The bytes of the body, not secret. nil when it is not base64.
    func decoded(from text: Span<UInt8>) -> [UInt8]? {
        var isValid = false
        let bytes = [UInt8](capacity: capacity) { target in isValid = Self.decode(text, body, to: &target) }
        return isValid ? bytes : nil
    }

    /// The bytes of the body in memory that is wiped. nil when it is not base64.
    func decodedSecret(from text: Span<UInt8>) -> SecretBytes? {
        var isValid = false
        let bytes = SecretBytes(capacity: capacity) { target in isValid = Self.decode(text, body, to: &target) }
        return isValid ? bytes : nil
    }

    private var capacity: Int { body.count / 4 * 3 + 3 }

    /// A block whose BEGIN line was seen.
    private struct Open {
        let label: String
        var start: Int
        var isEncrypted = false
        var isInHeader = true

        init(label: String, start: Int) {
            self.label = label
            self.start = start
        }

        /// RFC 1421 headers are lines with a colon before the first line of base64, and a blank line ends them.
        mutating func readHeader(_ line: Range<Int>, in text: Span<UInt8>, next: Int) {
            guard isInHeader else { return }
            let isHeader = line.contains { text[$0] == UInt8(ascii: ":") }
            if isHeader || line.isEmpty {
                start = next
                if isHeader, PEMBlock.contains("ENCRYPTED", in: text, line) { isEncrypted = true }
            } else {
                isInHeader = false
            }
        }
    }

    /// The next line without surrounding blanks; `at` moves behind its line break (LF, CR or both).
    private static func nextLine(in text: Span<UInt8>, from at: inout Int) -> Range<Int> {
        var start = at
        while at < text.count, text[at] != UInt8(ascii: "\n"), text[at] != UInt8(ascii: "\r") { at += 1 }
        var end = at
        if at < text.count { at += 1 }
        while start < end, isBlank(text[start]) { start += 1 }
        while end > start, isBlank(text[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func label(of line: Range<Int>, in text: Span<UInt8>, after prefix: StaticString) -> String? {
        let start = line.lowerBound + prefix.utf8CodeUnitCount
        let end = line.upperBound - 5
        // The longest label in use is "ENCRYPTED PRIVATE KEY"; anything much longer is not a label and not worth quoting.
        guard start <= end, end - start <= 64, begins(line.lowerBound, in: text, with: prefix) else { return nil }
        guard begins(end, in: text, with: "-----") else { return nil }
        let label = DER.copy(text, start..<end)
        guard label.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(decoding: label, as: UTF8.self)
    }

    private static func begins(_ at: Int, in text: Span<UInt8>, with prefix: StaticString) -> Bool {
        guard at + prefix.utf8CodeUnitCount <= text.count else { return false }
        return prefix.withUTF8Buffer { prefix in
            unsafe prefix.enumerated().allSatisfy { offset, byte in text[at + offset] == byte }
        }
    }

    private static func contains(_ word: StaticString, in text: Span<UInt8>, _ line: Range<Int>) -> Bool {
        guard line.count >= word.utf8CodeUnitCount else { return false }
        return (line.lowerBound...(line.upperBound - word.utf8CodeUnitCount)).contains { begins($0, in: text, with: word) }
    }

    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            table[Int(character)] = UInt8(value)
        }
        for blank in " \t\r\n".utf8 { table[Int(blank)] = 0xFE }
        return table
    }()

    /// Decodes base64 with blanks anywhere; false for other characters, a wrong length or data behind the padding.
    private static func decode(_ text: Span<UInt8>, _ range: Range<Int>, to target: inout OutputSpan<UInt8>) -> Bool {
        let values = values.span
        var group: UInt32 = 0
        var digits = 0
        var padding = 0
        for index in range {
            let byte = text[index]
            let value = values[Int(byte)]
            if value == 0xFE { continue }
            if byte == UInt8(ascii: "=") {
                padding += 1
                guard padding <= 2 else { return false }
            } else {
                guard value != 0xFF, padding == 0 else { return false }
                group = group << 6 | UInt32(value)
            }
            digits += 1
            guard digits == 4 else { continue }
            group <<= UInt32(6 * padding)
            target.append(UInt8(truncatingIfNeeded: group >> 16))
            if padding < 2 { target.append(UInt8(truncatingIfNeeded: group >> 8)) }
            if padding < 1 { target.append(UInt8(truncatingIfNeeded: group)) }
            group = 0
            digits = 0
        }
        return digits == 0
    }
}
