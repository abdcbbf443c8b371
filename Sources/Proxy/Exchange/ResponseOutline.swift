internal import HTTP1

/// What the upstream connection needs to know of a head that it has read.
struct ResponseOutline {
    enum Kind {
        /// Another head follows. RFC 9110 §15.2.
        case interim
        /// The connection speaks another protocol from here on. RFC 9110 §15.2.2.
        case switching
        /// The response to the request.
        case final
    }

    let kind: Kind
    /// Bytes of the head.
    let length: Int
    let framing: Framing
    let keepAlive: Bool

    @inline(__always)
    init(_ head: borrowing ResponseHead) {
        kind = head.status >= 200 ? .final : head.isSwitch ? .switching : .interim
        length = head.length
        framing = head.framing
        keepAlive = head.keepAlive
    }
}
