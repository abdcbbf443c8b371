/// One element of a small XML document: its name without prefix, its text, and the elements in it.
///
/// The strict subset of XML 1.0 that web services answer with. A document type is refused unread, and with it every entity of its own;
/// depth and size are bounded by ``DNSProvidersLimits``.
struct XMLElement: Hashable, Sendable {
    let name: String
    /// The text directly in the element, references resolved, white space kept.
    fileprivate(set) var text: String
    fileprivate(set) var children: [XMLElement]

    /// The first element of that name in this one.
    subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements of that name in this one.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first element of that name in this one.
    func text(_ name: String) -> String? { self[name]?.text }

    /// Why a document cannot be read.
    struct Fault: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    /// The root of a document.
    static func parse(_ bytes: [UInt8]) throws(Fault) -> XMLElement {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Fault(description: "not UTF-8") }
        var parser = XMLParser(bytes: bytes)
        return try parser.document()
    }
}

private struct XMLParser {
    typealias Fault = XMLElement.Fault

    private let bytes: [UInt8]
    private var position = 0
    private var events = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func document() throws(Fault) -> XMLElement {
        if skip("<?xml") { try skipPast("?>") }
        try skipMiscellany()
        let root = try tree()
        try skipMiscellany()
        guard position == bytes.count else { throw fault("more than one root") }
        return root
    }

    /// An element with all in it, by a stack of our own: nesting costs no stack of the thread.
    private mutating func tree() throws(Fault) -> XMLElement {
        var open: [XMLElement] = []
        while true {
            guard position < bytes.count else { throw fault("ends too early") }
            events += 1
            guard events <= DNSProvidersLimits.xmlEventsMax else { throw fault("more than \(DNSProvidersLimits.xmlEventsMax) parts") }
            if skip("<!--") {
                try skipPast("-->")
            } else if skip("<![CDATA[") {
                let start = position
                try skipPast("]]>")
                guard !open.isEmpty else { throw fault("text outside of the root") }
                open[open.count - 1].text += String(decoding: bytes[start..<(position - 3)], as: UTF8.self)
            } else if skip("</") {
                let name = try self.name()
                skipSpace()
                guard skip(">"), let closed = open.popLast(), closed.name == name else { throw fault("an end without its beginning") }
                guard !open.isEmpty else { return closed }
                open[open.count - 1].children.append(closed)
            } else if bytes[position] == UInt8(ascii: "<") {
                let (element, isEmpty) = try startTag()
                guard open.count < DNSProvidersLimits.xmlDepthMax else { throw fault("deeper than \(DNSProvidersLimits.xmlDepthMax)") }
                if !isEmpty {
                    open.append(element)
                } else if open.isEmpty {
                    return element
                } else {
                    open[open.count - 1].children.append(element)
                }
            } else {
                guard !open.isEmpty else { throw fault("text outside of the root") }
                open[open.count - 1].text += try characters()
            }
        }
    }

    private mutating func startTag() throws(Fault) -> (element: XMLElement, isEmpty: Bool) {
        position += 1
        let element = XMLElement(name: try name(), text: "", children: [])
        while true {
            let hasSpace = skipSpace()
            if skip("/>") { return (element, true) }
            if skip(">") { return (element, false) }
            guard hasSpace else { throw fault("a malformed tag") }
            try skipAttribute()
        }
    }

    /// Attributes are checked and dropped: none of the answers has one with a meaning.
    private mutating func skipAttribute() throws(Fault) {
        events += 1
        guard events <= DNSProvidersLimits.xmlEventsMax else { throw fault("more than \(DNSProvidersLimits.xmlEventsMax) parts") }
        _ = try name()
        skipSpace()
        guard skip("=") else { throw fault("an attribute without a value") }
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") else {
            throw fault("an attribute without quotes")
        }
        let quote = bytes[position]
        position += 1
        guard let end = bytes[position...].firstIndex(of: quote), !bytes[position..<end].contains(UInt8(ascii: "<")) else {
            throw fault("an attribute without an end")
        }
        position = end + 1
    }

    /// Text up to the next tag.
    private mutating func characters() throws(Fault) -> String {
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            if bytes[position] == UInt8(ascii: "&") {
                try appendReference(to: &text)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// One of XML's five entities, or a character by its number.
    private mutating func appendReference(to text: inout [UInt8]) throws(Fault) {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw fault("a reference without an end") }
        let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        switch name {
        case "amp": text.append(UInt8(ascii: "&"))
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let number, number > 0, let scalar = Unicode.Scalar(number) else { throw fault("an unknown reference") }
            text += Array(String(Character(scalar)).utf8)
        }
    }

    /// A name without its prefix.
    private mutating func name() throws(Fault) -> String {
        let start = position
        while position < bytes.count, XMLParser.isNameByte(bytes[position]) { position += 1 }
        let name = bytes[start..<position]
        guard let local = name.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).last, !local.isEmpty, name.count <= 128
        else { throw fault("a malformed name") }
        return String(decoding: local, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// White space and comments; a document type is none of both and is then refused as a malformed tag.
    private mutating func skipMiscellany() throws(Fault) {
        skipSpace()
        while skip("<!--") {
            try skipPast("-->")
            skipSpace()
        }
    }

    @discardableResult private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func skip(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func skipPast(_ text: String) throws(Fault) {
        while position < bytes.count {
            if skip(text) { return }
            position += 1
        }
        throw fault("ends too early")
    }

    private func fault(_ words: String) -> Fault { Fault(description: "\(words), at byte \(position)") }
}
