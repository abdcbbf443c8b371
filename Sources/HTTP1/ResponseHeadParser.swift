/// Reads response heads of one upstream connection, interim ones too, into storage that is reused. RFC 9112 §4.
///
/// Every fault means 502 and a closed upstream connection. Bytes that are left behind a finished response belong to no request: the caller
/// closes the connection then.
public struct ResponseHeadParser: ~Copyable, Sendable {
    private enum State {
        case statusLine
        case fields
        case complete
    }

    /// The head; good after ``parse(_:)`` has returned ``ParseProgress/complete``, until the next ``reset(for:upgradeWasAsked:)``.
    public private(set) var head = ResponseHead()
    private var state = State.statusLine
    private var scanner = HeadScanner()
    private var method = Method.get
    private var upgradeWasAsked = false
    /// Whether no interim response of this exchange has said that it closes, or announced a body, which none can have. What such a backend
    /// sends later may be taken for the answer to another request.
    private var interimsKeepAlive = true
    private var interimCount = 0

    /// A parser at the start of a connection. Allocates nothing until the first field.
    public init() {}

    /// Makes ready for the response to a request; keeps the storage.
    ///
    /// - Parameters:
    ///   - method: of the request, which decides about the body.
    ///   - upgradeWasAsked: whether Upgrade was sent upstream, so that 101 is a possible answer.
    public mutating func reset(for method: Method, upgradeWasAsked: Bool) {
        self.method = method
        self.upgradeWasAsked = upgradeWasAsked
        resetAfterInterim()
        interimsKeepAlive = true
        interimCount = 0
    }

    /// Makes ready for the next head in answer to the same request, after an interim one.
    public mutating func resetAfterInterim() {
        interimsKeepAlive = interimsKeepAlive && head.keepAlive
        interimCount += 1
        head.reset()
        state = .statusLine
        scanner.reset()
    }

    /// Looks at the bytes of the response that have come so far, as ``RequestHeadParser/parse(_:)`` does.
    ///
    /// - Throws: why it is refused; the caller answers 502, closes the upstream connection, and does not call again.
    public mutating func parse(_ bytes: RawSpan) throws(MessageFault) -> ParseProgress {
        while true {
            switch state {
            case .statusLine:
                let line = try scanner.nextLine(bytes, bytesMax: Limits.headBytesMax, fault: .headTooLarge)
                guard case .complete(let start, let end) = line else { return .needsMore }
                try head.readStatusLine(bytes, start: start, end: end)
                state = .fields
            case .fields:
                let progress = try scanner.nextFields(
                    bytes, into: &head.fields, bytesMax: Limits.headBytesMax, tooLarge: .headTooLarge)
                guard progress == .complete else { return .needsMore }
                head.length = scanner.lineStart
                try head.interpretFields(bytes, method, upgradeWasAsked: upgradeWasAsked)
                head.keepAlive = head.keepAlive && interimsKeepAlive
                guard !head.isInterim || interimCount < Limits.interimResponsesMax else { throw .interimResponsesTooMany }
                state = .complete
            case .complete:
                return .complete
            }
        }
    }
}
