/// The one canonical form of a request path: what routes are matched against and what logs show. The target that the
/// downstream sent goes upstream unchanged; only decisions use this form, so no two parts of the proxy can disagree.
///
/// RFC 3986 §6.2.2, with these choices of ours:
/// - percent-encoded unreserved characters are decoded; every other triplet stays, with upper-case digits. So `%2F`, `%5C`,
///   `%3B` and `%25` are opaque bytes of a segment, and a second pass changes nothing;
/// - empty segments are dropped before dot segments are resolved (`/a//../b` is `/b`), as a file system reads them and as nginx does,
///   where RFC 3986 §5.2.4 alone would give `/a/b`; `..` above the root stays at the root (RFC 3986 §5.4.2);
/// - a byte that may not stand in a URI (control, space, 0x7F and above) becomes its triplet, so `/café` in a manifest equals
///   `/caf%C3%A9` on the wire (RFC 3987 §3.1) and a log line never carries a control character;
/// - `;parameters` and `\` are ordinary bytes.
public enum CanonicalPath {
    /// How a target relates to its canonical form.
    public enum Form: Hashable, Sendable {
        /// The first `count` bytes of the target are the canonical path already; nothing was written.
        case unchanged(count: Int)
        /// The canonical path was written to the storage.
        case rewritten
        /// The target has no canonical path; the caller answers 400.
        case refused(Refusal)
    }

    /// Why a target has no canonical path.
    public enum Refusal: Error, Hashable, CustomStringConvertible {
        /// It does not begin with a slash: authority form, asterisk form, or garbage.
        case notAbsolute
        /// It holds a zero byte, raw or as `%00`; upstreams written in C would see a shorter path than we matched.
        case zeroByte
        /// A `%` is not followed by two hexadecimal digits; upstreams differ in what they make of it.
        case malformedEncoding

        /// One line for a log.
        public var description: String {
            switch self {
            case .notAbsolute: "the path does not begin with a slash"
            case .zeroByte: "the path holds a zero byte"
            case .malformedEncoding: "a percent sign in the path is not followed by two hexadecimal digits"
            }
        }
    }

    /// Computes the canonical path of a request target. Linear in its length; allocates only when `storage` has to grow.
    ///
    /// - Parameters:
    ///   - target: the bytes from the first `/` on; a query (from the first `?`) is cut. Empty means `/` (RFC 9110 §4.2.3).
    ///   - storage: scratch memory that the caller reuses; untouched when the result is `.unchanged`.
    public static func form(of target: Span<UInt8>, into storage: inout [UInt8]) -> Form {
        if let count = canonicalCount(target) { return .unchanged(count: count) }
        var writer = CanonicalPathWriter(reusing: exchange(&storage, with: []))
        let refusal = writer.write(target)
        storage = writer.output
        return refusal.map(Form.refused) ?? .rewritten
    }

    /// The canonical path as text; for manifests, the command line and tests.
    ///
    /// - Throws: the ``Refusal``.
    public static func text(of target: String) throws(Refusal) -> String {
        let bytes = Array(target.utf8)
        var storage: [UInt8] = []
        switch form(of: bytes.span, into: &storage) {
        case .unchanged(let count): return String(decoding: bytes[..<count], as: UTF8.self)
        case .rewritten: return String(decoding: storage, as: UTF8.self)
        case .refused(let refusal): throw refusal
        }
    }

    /// The length of the path when the target is canonical as it stands, else nil. This is the whole cost for an ordinary request.
    private static func canonicalCount(_ target: Span<UInt8>) -> Int? {
        guard target.count > 0, target[0] == slash else { return nil }
        var previous = slash
        var index = 1
        while index < target.count {
            let byte = target[index]
            switch byte {
            case UInt8(ascii: "?"): return index
            case slash:
                if previous == slash { return nil }
            case dot:
                if previous == slash, isDotSegment(target, at: index) { return nil }
            case percent:
                guard let value = triplet(target, at: index), value != 0, !isUnreserved(value), isUpperCaseTriplet(target, at: index)
                else { return nil }
                index += 2
            case 0x21...0x7E: break
            default: return nil
            }
            previous = byte
            index += 1
        }
        return index
    }

    /// Whether the segment that begins at `index` is `.` or `..`. The caller saw a dot there.
    private static func isDotSegment(_ target: Span<UInt8>, at index: Int) -> Bool {
        let next = index + 1
        if endsSegment(target, at: next) { return true }
        return target[next] == dot && endsSegment(target, at: next + 1)
    }

    private static func endsSegment(_ target: Span<UInt8>, at index: Int) -> Bool {
        index >= target.count || target[index] == slash || target[index] == UInt8(ascii: "?")
    }

    private static func isUpperCaseTriplet(_ target: Span<UInt8>, at index: Int) -> Bool {
        target[index + 1] < UInt8(ascii: "a") && target[index + 2] < UInt8(ascii: "a")
    }

    /// The value of the triplet whose `%` stands at `index`, or nil when there are not two hexadecimal digits after it.
    static func triplet(_ target: Span<UInt8>, at index: Int) -> UInt8? {
        guard index + 2 < target.count, let high = hexValue(target[index + 1]), let low = hexValue(target[index + 2])
        else { return nil }
        return high << 4 | low
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// RFC 3986 §2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), dot, UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static let slash = UInt8(ascii: "/")
    static let dot = UInt8(ascii: ".")
    static let percent = UInt8(ascii: "%")
}
