/// Reads JSON, RFC 8259: strict, several values after each other as `kubectl` takes them.
struct JSONParser {
    private let bytes: ArraySlice<UInt8>
    private let file: String
    private var position: Int
    private var line: Int
    private var lineStart: Int
    private var builder = TreeBuilder(expectedBytes: 0)

    private typealias Refusal = TreeBuilder.Refusal

    /// - Parameters:
    ///   - bytes: UTF-8, checked by the caller, without a byte order mark.
    ///   - firstLine: the line number of the first line of the text.
    init(bytes: ArraySlice<UInt8>, file: String, firstLine: Int) {
        self.bytes = bytes
        self.file = file
        position = bytes.startIndex
        line = firstLine
        lineStart = bytes.startIndex
    }

    /// Reads every value; the first error ends the reading and is the last element.
    mutating func documents(firstNumber: Int) -> [Result<Node, ManifestError>] {
        var found: [Result<Node, ManifestError>] = []
        var number = firstNumber
        do throws(Refusal) {
            skipSpace()
            while position < bytes.endIndex {
                guard found.count < ManifestLimits.documentsMax else { throw builder.refusal(mark, ManifestReader.tooManyDocuments) }
                builder = TreeBuilder(expectedBytes: min(bytes.count, 4096))
                try value()
                found.append(.success(Node(document: builder.finish(file: file, number: number), index: 0)))
                number += 1
                skipSpace()
            }
        } catch {
            found.append(
                .failure(
                    ManifestError(file: file, document: number, line: error.line, column: error.column, message: error.message)))
        }
        return found
    }

    private var mark: TreeBuilder.Mark { TreeBuilder.Mark(line: line, column: position - lineStart + 1) }

    private func refusal(_ message: String) -> Refusal { builder.refusal(mark, "not JSON: \(message)") }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = position + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            position += 1
        }
    }

    // Recursion ends at the depth limit, which the builder keeps (each level starts a container there).
    private mutating func value() throws(Refusal) {
        switch next {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): try string()
        case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): try number()
        case UInt8(ascii: "t"): try word("true", .bool)
        case UInt8(ascii: "f"): try word("false", .bool)
        case UInt8(ascii: "n"): try word("null", .null)
        case nil: throw refusal("the text ends where a value should be")
        default: throw refusal("no value starts here")
        }
    }

    private mutating func object() throws(Refusal) {
        try builder.start(.mapping, at: mark)
        position += 1
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return try builder.end()
        }
        while true {
            guard next == UInt8(ascii: "\"") else { throw refusal("a key in quotes should be here") }
            try string()
            skipSpace()
            try expect(":", "after a key")
            skipSpace()
            try value()
            if try isLast(UInt8(ascii: "}")) { return try builder.end() }
        }
    }

    private mutating func array() throws(Refusal) {
        try builder.start(.sequence, at: mark)
        position += 1
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return try builder.end()
        }
        while true {
            try value()
            if try isLast(UInt8(ascii: "]")) { return try builder.end() }
        }
    }

    private mutating func isLast(_ closing: UInt8) throws(Refusal) -> Bool {
        skipSpace()
        guard let byte = next, byte == closing || byte == UInt8(ascii: ",") else {
            throw refusal("a comma or \(closing == UInt8(ascii: "}") ? "}" : "]") should be here")
        }
        position += 1
        skipSpace()
        return byte == closing
    }

    private mutating func expect(_ character: Unicode.Scalar, _ place: String) throws(Refusal) {
        guard next == UInt8(ascii: character) else { throw refusal("\(character) should be here, \(place)") }
        position += 1
    }

    private mutating func word(_ word: StaticString, _ kind: ManifestDocument.Kind) throws(Refusal) {
        let expected = Array("\(word)".utf8)
        guard bytes[position...].starts(with: expected) else { throw refusal("no value starts here") }
        let place = mark
        let start = builder.textCount
        builder.append(expected[...])
        position += expected.count
        try builder.scalar(kind, textFrom: start, at: place)
    }

    private mutating func number() throws(Refusal) {
        let place = mark
        let first = position
        var kind = ManifestDocument.Kind.int
        if next == UInt8(ascii: "-") { position += 1 }
        let whole = skipDigits()
        guard whole > 0 else { throw refusal("a digit should be here") }
        if whole > 1, bytes[position - whole] == UInt8(ascii: "0") { throw refusal("a number cannot start with 0") }
        if next == UInt8(ascii: ".") {
            position += 1
            kind = .float
            guard skipDigits() > 0 else { throw refusal("a digit should be here") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            kind = .float
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw refusal("a digit should be here") }
        }
        let start = builder.textCount
        builder.append(bytes[first..<position])
        try builder.scalar(kind, textFrom: start, at: place)
    }

    private mutating func skipDigits() -> Int {
        let first = position
        while let byte = next, isDigit(byte) { position += 1 }
        return position - first
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func string() throws(Refusal) {
        let place = mark
        let start = builder.textCount
        position += 1
        while true {
            let run = bytes[position...].prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
            builder.append(run)
            position = run.endIndex
            guard let byte = next else { throw refusal("the text ends within a string") }
            guard byte >= 0x20 else { throw refusal("a control character within a string must be escaped") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            try escape()
        }
        try builder.scalar(.string, textFrom: start, at: place)
    }

    private mutating func escape() throws(Refusal) {
        guard let byte = next else { throw refusal("the text ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): builder.append(byte)
        case UInt8(ascii: "b"): builder.append(0x08)
        case UInt8(ascii: "f"): builder.append(0x0C)
        case UInt8(ascii: "n"): builder.append(0x0A)
        case UInt8(ascii: "r"): builder.append(0x0D)
        case UInt8(ascii: "t"): builder.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape()
        default: throw refusal("unknown escape in a string")
        }
    }

    /// `\uXXXX`, or two of them for what lies beyond the basic plane. RFC 8259 §7.
    private mutating func unicodeEscape() throws(Refusal) {
        var code = try fourHexDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard bytes[position...].starts(with: "\\u".utf8) else { throw refusal("half of a surrogate pair in a string") }
            position += 2
            let low = try fourHexDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw refusal("half of a surrogate pair in a string") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw refusal("half of a surrogate pair in a string") }
        builder.append(Array(String(Character(scalar)).utf8)[...])
    }

    private mutating func fourHexDigits() throws(Refusal) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        let isHexadecimal = digits.allSatisfy {
            isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20)
        }
        guard digits.count == 4, isHexadecimal, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw refusal("\\u needs four hexadecimal digits")
        }
        position += 4
        return code
    }
}
