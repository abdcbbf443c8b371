internal import CIDN2

/// A DNS name that a certificate or an Ingress host may carry: lower-case A-labels, no trailing dot, optionally with `*` as
/// its whole first label. A value of this type has been checked; there is no other way to make one.
///
/// RFC 1123 §2.1 (letters, digits, hyphens), RFC 5890 (IDNA2008, by libidn2 in UTS #46 non-transitional mode),
/// RFC 6125 §6.4.3 (wildcard as the complete left-most label).
public struct DNSName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name in ASCII, such as `xn--bcher-kva.example` or `*.example.com`. 1...253 bytes.
    public let ascii: String

    /// Whether the first label is `*`.
    public var isWildcard: Bool { ascii.utf8.first == UInt8(ascii: "*") }

    /// The name without its first label, or nil for a single label. Of `*.a.b` and of `x.a.b` it is `a.b`.
    public var parent: String? {
        guard let dot = ascii.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(ascii[ascii.utf8.index(after: dot)...])
    }

    /// The name in ASCII.
    public var description: String { ascii }

    /// Checks and normalises a name as a person writes it: any case, U-labels or A-labels, one trailing dot allowed.
    ///
    /// - Throws: ``DNSNameError``, with the text that was refused and why.
    public init(parsing text: some StringProtocol) throws(DNSNameError) {
        let given = String(text)
        guard given.utf8.count <= DNSName.textBytesMax else {
            throw DNSNameError(got: String(given.prefix(64)) + "…", reason: .tooLong)
        }
        var body = Substring(given)
        if body.hasSuffix(".") { body = body.dropLast() }
        let isWildcard = body.hasPrefix("*.")
        if isWildcard { body = body.dropFirst(2) }
        guard !body.isEmpty else { throw DNSNameError(got: given, reason: .empty) }
        let isASCII = body.utf8.allSatisfy { $0 < 0x80 }
        let hasALabel = body.lowercased().split(separator: ".").contains { $0.hasPrefix("xn--") }
        let converted = isASCII && !hasALabel ? body.lowercased() : try DNSName.toALabels(String(body), given: given)
        try DNSName.checkLabels(converted, given: given)
        let ascii = isWildcard ? "*." + converted : converted
        guard ascii.utf8.count <= DNSName.bytesMax else { throw DNSNameError(got: given, reason: .tooLong) }
        self.ascii = ascii
    }

    /// Whether a certificate name covers this host: equal, or a wildcard with the same parent (one label only). RFC 6125 §6.4.3.
    public func covers(_ host: DNSName) -> Bool {
        if ascii == host.ascii { return true }
        guard isWildcard, !host.isWildcard else { return false }
        return parent == host.parent
    }

    /// Orders by the ASCII form.
    public static func < (left: DNSName, right: DNSName) -> Bool { left.ascii < right.ascii }

    /// RFC 1035 §2.3.4: 255 octets on the wire, which is 253 characters of text.
    private static let bytesMax = 253
    /// Longest text looked at before conversion; U-labels are longer in UTF-8 than as A-labels, never by more than this.
    private static let textBytesMax = 1024

    private static func toALabels(_ text: String, given: String) throws(DNSNameError) -> String {
        var output: UnsafeMutablePointer<CChar>?
        let flags = CInt(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        let status = unsafe idn2_to_ascii_8z(text, &output, flags)
        guard status == IDN2_OK.rawValue, let result = unsafe output else {
            throw DNSNameError(got: given, reason: .notIDNA(unsafe String(cString: idn2_strerror(status))))
        }
        defer { unsafe idn2_free(result) }
        return unsafe String(cString: result).lowercased()
    }

    private static func checkLabels(_ name: String, given: String) throws(DNSNameError) {
        var labels = 0
        var lastIsNumeric = false
        for label in name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            labels += 1
            guard !label.isEmpty else { throw DNSNameError(got: given, reason: .emptyLabel) }
            guard label.count <= 63 else { throw DNSNameError(got: given, reason: .labelTooLong) }
            guard label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
                throw DNSNameError(got: given, reason: .hyphenAtEdge)
            }
            for byte in label where !isLetterDigitHyphen(byte) {
                throw DNSNameError(got: given, reason: .badCharacter(byte))
            }
            lastIsNumeric = label.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        // An all-numeric last label is how an IPv4 address reads (RFC 3696 §2); those are not DNS names.
        if lastIsNumeric { throw DNSNameError(got: given, reason: .looksLikeAddress) }
    }

    private static func isLetterDigitHyphen(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// Why a text is not a ``DNSName``.
public struct DNSNameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// Nothing is left once `*.` and the trailing dot are taken away.
        case empty
        /// Two dots in a row, or a dot at the start.
        case emptyLabel
        /// A label of more than 63 bytes.
        case labelTooLong
        /// More than 253 bytes.
        case tooLong
        /// A label starts or ends with a hyphen.
        case hyphenAtEdge
        /// A byte other than a letter, a digit or a hyphen.
        case badCharacter(UInt8)
        /// The last label is a number, so this is an IP address or would be read as one.
        case looksLikeAddress
        /// libidn2's words.
        case notIDNA(String)

        /// What is wrong, without the text.
        public var description: String {
            switch self {
            case .empty: "the name is empty"
            case .emptyLabel: "a label is empty"
            case .labelTooLong: "a label is longer than 63 bytes"
            case .tooLong: "the name is longer than 253 bytes"
            case .hyphenAtEdge: "a label starts or ends with a hyphen"
            case .badCharacter(let byte): "byte 0x\(String(byte, radix: 16)) is not a letter, digit or hyphen"
            case .looksLikeAddress: "the last label is a number, as in an IP address"
            case .notIDNA(let words): "not a valid internationalised name: \(words)"
            }
        }
    }

    /// The refused text, cut to a printable length.
    public let got: String
    /// The rule that was broken.
    public let reason: Reason

    /// One line for an operator.
    public var description: String { "not a DNS name: \"\(got)\": \(reason)" }
}
