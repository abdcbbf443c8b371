internal import Glibc

/// Text for a C function, with the zero byte at its end, wiped when its last holder lets go. Immutable after `init`.
@safe final class WipedText: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // SAFETY: allocated and filled in init, never written afterwards, freed in deinit; any thread may read it.
    private let buffer: UnsafeMutableBufferPointer<CChar>

    /// Takes base64, without the white space around it; nil when it is none, empty, or longer than a secret may be.
    init?(base64 text: [UInt8]) {
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        var body = text.drop(while: isSpace)
        while let last = body.last, isSpace(last) { body.removeLast() }
        guard !body.isEmpty, body.count % 4 == 0, body.count / 4 * 3 <= DNSLimits.tsigSecretBytesMax else { return nil }
        let digits = body.prefix { $0 != UInt8(ascii: "=") }
        guard digits.allSatisfy(WipedText.isDigit), body.count - digits.count <= 2 else { return nil }
        guard body.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        unsafe buffer = .allocate(capacity: body.count + 1)
        unsafe buffer.initialize(repeating: 0)
        for (index, byte) in body.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
    }

    deinit {
        if let start = unsafe buffer.baseAddress { unsafe explicit_bzero(start, buffer.count) }
        unsafe buffer.deallocate()
    }

    /// Lends the text for the length of the call.
    @safe func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R? {
        guard let start = unsafe buffer.baseAddress else { return nil }
        return unsafe body(UnsafePointer(start))
    }

    /// Always `<redacted>`.
    var description: String { "<redacted>" }
    /// Shows nothing.
    var customMirror: Mirror { Mirror(self, children: []) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: false
        }
    }
}
