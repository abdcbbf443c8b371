import HTTP1

/// The bytes of a text.
func wire(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Lends bytes to a parser.
func lend<R, E: Error>(_ bytes: [UInt8], upTo end: Int? = nil, to body: (RawSpan) throws(E) -> R) throws(E) -> R {
    // SAFETY: bytes are bytes; the standard library marks this as unsafe for types with padding.
    try unsafe body(bytes.span.bytes.extracting(0..<(end ?? bytes.count)))
}

/// Everything that a request head says, as values to compare.
struct RequestFacts: Hashable {
    var method = Method.other
    var methodText = ""
    var version = ProtocolVersion.http11
    var form = TargetForm.origin
    var target = ""
    var path = ""
    var authority: String?
    var host: String?
    var framing = Framing.none
    var keepAlive = true
    var expectsContinue = false
    var upgrade = UpgradeRequest.none
    var acceptsTrailers = false
    var requestID: String?
    var fields: [String] = []
    var length = 0

    init(_ head: borrowing RequestHead, _ bytes: [UInt8]) {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        method = head.method
        methodText = text(head.methodRange)
        version = head.version
        form = head.targetForm
        target = text(head.targetRange)
        path = text(head.pathRange)
        authority = head.authorityRange.map(text)
        host = head.hostRange.map(text)
        framing = head.framing
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        upgrade = head.upgrade
        acceptsTrailers = head.acceptsTrailers
        requestID = head.requestIDRange.map(text)
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            fields.append("\(text(field.nameRange))=\(text(field.valueRange))")
        }
        length = head.length
    }
}

/// Everything that a response head says.
struct ResponseFacts: Hashable {
    var status = 0
    var statusText = ""
    var version = ProtocolVersion.http11
    var framing = Framing.none
    var contentLength: UInt64?
    var keepAlive = true
    var fields: [String] = []
    var length = 0

    init(_ head: borrowing ResponseHead, _ bytes: [UInt8]) {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        status = head.status
        statusText = text(head.statusRange)
        version = head.version
        framing = head.framing
        contentLength = head.contentLength
        keepAlive = head.keepAlive
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            fields.append("\(text(field.nameRange))=\(text(field.valueRange))")
        }
        length = head.length
    }
}

/// What became of a message.
enum Verdict<Facts: Hashable>: Hashable {
    case needsMore
    case refused(MessageFault)
    case read(Facts)
}

/// Shows a request to a parser in pieces, as they would come from a connection.
func readRequest(_ bytes: [UInt8], cuts: [Int] = []) -> Verdict<RequestFacts> {
    var parser = RequestHeadParser()
    for end in cuts + [bytes.count] {
        do throws(MessageFault) {
            let progress = try lend(bytes, upTo: end) { raw throws(MessageFault) in try parser.parse(raw) }
            if progress == .complete { return .read(RequestFacts(parser.head, bytes)) }
        } catch {
            return .refused(error)
        }
    }
    return .needsMore
}

/// Shows a response to a parser in pieces.
func readResponse(
    _ bytes: [UInt8], to method: Method = .get, upgradeWasAsked: Bool = false, cuts: [Int] = []
) -> Verdict<ResponseFacts> {
    var parser = ResponseHeadParser()
    parser.reset(for: method, upgradeWasAsked: upgradeWasAsked)
    for end in cuts + [bytes.count] {
        do throws(MessageFault) {
            let progress = try lend(bytes, upTo: end) { raw throws(MessageFault) in try parser.parse(raw) }
            if progress == .complete { return .read(ResponseFacts(parser.head, bytes)) }
        } catch {
            return .refused(error)
        }
    }
    return .needsMore
}

/// All ways to cut so many bytes in two, and into single bytes. Each element lists the ends of the pieces but the last.
func everySplit(of count: Int) -> [[Int]] {
    (0...count).map { [$0] } + [Array(1..<max(count, 1))]
}

/// The facts of a good request, or nil.
func goodRequest(_ text: String) -> RequestFacts? {
    if case .read(let facts) = readRequest(wire(text)) { facts } else { nil }
}

/// The facts of a good response, or nil.
func goodResponse(_ text: String, to method: Method = .get, upgradeWasAsked: Bool = false) -> ResponseFacts? {
    if case .read(let facts) = readResponse(wire(text), to: method, upgradeWasAsked: upgradeWasAsked) { facts } else { nil }
}

/// The fault of a refused request, or nil.
func requestFault(_ text: String) -> MessageFault? {
    if case .refused(let fault) = readRequest(wire(text)) { fault } else { nil }
}

/// The fault of a refused response, or nil.
func responseFault(_ text: String, to method: Method = .get) -> MessageFault? {
    if case .refused(let fault) = readResponse(wire(text), to: method) { fault } else { nil }
}
