/// A field value that can be written into a head: no control bytes but tabs, so that it cannot end its line. RFC 9110 §5.5.
public struct FieldValue: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Checks a value.
    ///
    /// - Throws: ``FieldEditError/valueMalformed(name:)`` without a name, when it has a control byte.
    public init(_ text: some StringProtocol) throws(FieldEditError) {
        try self.init(bytes: Array(text.utf8))
    }

    /// Checks a value.
    ///
    /// - Throws: ``FieldEditError/valueMalformed(name:)`` without a name, when it has a control byte.
    public init(bytes: [UInt8]) throws(FieldEditError) {
        guard bytes.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == ASCII.tab }) else { throw .valueMalformed(name: "") }
        self.bytes = bytes
    }
}

/// Why a change of fields was refused.
public enum FieldEditError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Empty or not of token characters.
    case nameMalformed(String)
    /// A field that frames or routes the message, ends at the next hop, or tells who asked; this module alone writes it.
    case nameReserved(String)
    /// A control byte other than a tab.
    case valueMalformed(name: String)

    /// One line for an operator; never the value, which may be a secret.
    public var description: String {
        switch self {
        case .nameMalformed(let name): "field name \"\(name.prefix(64))\" is not a token"
        case .nameReserved(let name): "field \(name) cannot be set: the proxy writes it itself"
        case .valueMalformed(let name): "value of field \(name) has a control byte"
        }
    }
}

/// Fields to set in, or to remove from, every head of one kind: what annotations and filters ask for. Made once per route, used for each
/// message without allocation.
public struct FieldEdits: Sendable, Hashable {
    /// The lines to add, each with its CRLF.
    private(set) var lines: [UInt8] = []
    /// The names to leave out of what came, in lower case.
    private(set) var names: [[UInt8]] = []

    /// No change.
    public init() {}

    /// Whether there is nothing to change.
    public var isEmpty: Bool { names.isEmpty }

    /// Sets a field, in place of all of that name that came. Setting a name twice sends both.
    ///
    /// - Throws: ``FieldEditError`` when the name or the value cannot be written.
    public mutating func set(_ name: String, to value: String) throws(FieldEditError) {
        guard let checked = try? FieldValue(value) else { throw .valueMalformed(name: name) }
        try remove(name)
        lines += Array(name.utf8) + Array(": ".utf8) + checked.bytes + Array("\r\n".utf8)
    }

    /// Removes all fields of a name.
    ///
    /// - Throws: ``FieldEditError`` when the name cannot occur, or may not be removed.
    public mutating func remove(_ name: String) throws(FieldEditError) {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(ByteSet.token.contains) else { throw .nameMalformed(name) }
        let wellKnown = unsafe bytes.withUnsafeBytes { unsafe FieldName(RawSpan(_unsafeBytes: $0), 0..<bytes.count) }
        guard !Self.reserved.contains(wellKnown) else { throw .nameReserved(name) }
        let lowered = bytes.map(ASCII.lowercased)
        if !names.contains(lowered) { names.append(lowered) }
    }

    /// Does what others do as well.
    public mutating func add(_ others: FieldEdits) {
        lines += others.lines
        for name in others.names where !names.contains(name) { names.append(name) }
    }

    /// What only the writers of this module may write.
    private static let reserved: FieldNameSet = [
        .host, .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .http2Settings,
        .expect,
        .proxy, .xForwardedFor, .xForwardedHost, .xForwardedPort, .xForwardedProto, .xForwardedScheme, .xScheme, .xRealIP, .xRequestID,
        .xOriginalForwardedFor, .xOriginalForwardedHost,
    ]

    /// Whether a field of a head is to be left out.
    func covers(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        for own in names where bytes.matches(name, own) { return true }
        return false
    }
}
