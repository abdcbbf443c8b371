/// One message to one server, and what has to come back.
struct Exchange: Sendable {
    enum Transport: Sendable { case datagram, stream }

    /// Whether a message that came is the one that is waited for.
    enum Verdict: Sendable {
        case answer
        /// Not it; what it is, in words. The next one may be.
        case stray(String)
    }

    enum Failure: Error, Hashable, Sendable {
        case timedOut(instead: String?)
        /// This machine has no way there.
        case unreachable(String)
        case network(String)
        case malformed(String)
        case cancelled
    }

    let address: SocketAddress
    let transport: Transport
    let message: [UInt8]
    let timeout: Duration
    /// Longer ones are refused; over TCP as soon as their length is known.
    let answerBytesMax: Int
    /// Asked on the thread of the engine.
    let judge: @Sendable ([UInt8]) -> Verdict
}

extension Exchange.Failure {
    /// The same for an operator.
    func code(after limit: Duration) -> DNSError.Code {
        switch self {
        case .timedOut(let instead): .timedOut(limit, instead: instead)
        case .unreachable(let words): .unreachable(words)
        case .network(let words): .network(words)
        case .malformed(let words): .malformedAnswer(words)
        case .cancelled: .cancelled
        }
    }
}
