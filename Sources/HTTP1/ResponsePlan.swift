/// How a response goes downstream: decided once, before its head is written. RFC 9112 §6.1, §6.3, §9.3.
public struct ResponsePlan: Hashable, Sendable {
    /// What is done with the bytes of the body.
    public enum Body: Hashable, Sendable {
        /// There is none.
        case none
        /// Forwarded in the framing in which it comes (``BodyDecoder/nextVerbatim(_:from:)``).
        case verbatim
        /// Content alone, ended by closing the connection (``BodyDecoder/nextContent(_:from:)``).
        case content
        /// Content, each piece framed as a chunk (``ChunkedWriter``), ended by the last chunk once upstream has closed.
        case contentAsChunks
    }

    /// What is done with the body.
    public let body: Body
    /// The framing that the written head announces.
    public let framing: Framing
    /// Whether the downstream connection is kept after this response.
    public let keepAlive: Bool
    /// The version of the request.
    public let version: ProtocolVersion

    /// A plan of one's own; ``ResponseHead/plan(for:keepAlive:)`` makes the right one.
    public init(body: Body, framing: Framing, keepAlive: Bool, version: ProtocolVersion) {
        self.body = body
        self.framing = framing
        self.keepAlive = keepAlive
        self.version = version
    }
}

extension ResponseHead {
    /// Decides how this response goes to a downstream peer.
    ///
    /// - Parameters:
    ///   - version: of the request; HTTP/1.0 knows no chunks, so that such a body is ended by closing.
    ///   - keepAlive: whether downstream asked for the connection to be kept and we are willing.
    public borrowing func plan(for version: ProtocolVersion, keepAlive: Bool) -> ResponsePlan {
        switch (framing, version) {
        case (.none, _):
            ResponsePlan(body: .none, framing: .none, keepAlive: keepAlive && !isSwitch, version: version)
        case (.length, _):
            ResponsePlan(body: framing == .length(0) ? .none : .verbatim, framing: framing, keepAlive: keepAlive, version: version)
        case (.chunked, .http11):
            ResponsePlan(body: .verbatim, framing: .chunked, keepAlive: keepAlive, version: version)
        case (.untilClose, .http11):
            ResponsePlan(body: .contentAsChunks, framing: .chunked, keepAlive: keepAlive, version: version)
        case (.chunked, .http10), (.untilClose, .http10):
            ResponsePlan(body: .content, framing: .untilClose, keepAlive: false, version: version)
        }
    }
}
