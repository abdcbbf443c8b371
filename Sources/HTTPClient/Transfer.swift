internal import CCurl
internal import Synchronization

/// One request on its way. Made by the task that sends it, then handed to the engine.
final class Transfer: @unchecked Sendable {  // `let`s and the atomic for anybody; the `var`s belong to the engine's thread
    /// Where the answer goes.
    enum Sink: Sendable {
        case collected(Outcome<Result<HTTPResponse, HTTPClientError>>, bodyBytesMax: Int)
        case streamed(Outcome<Result<ResponseHead, HTTPClientError>>, BodyPipe)
    }

    /// The clock that all deadlines are read from.
    typealias Clock = ContinuousClock

    let request: PreparedRequest
    let sink: Sink
    let upload: UploadPipe?
    /// When the caller asked; the total timeout counts from here.
    let startedAt: Clock.Instant
    /// Set before the engine is told to cancel, so that a cancellation that overtakes the start is not lost.
    let isAbandoned = Atomic(false)

    /// The handle, while the transfer is among those that libcurl works on.
    var easy: EasyHandle?
    /// Whether it counts as one of its origin's requests.
    var holdsPlace = false
    var head = ResponseHead()
    /// The collected body.
    var body: [UInt8] = []
    /// Why a callback stopped the transfer; it says more than libcurl's code.
    var failure: HTTPClientError.Code?
    var isConnected = false
    /// An address that was not connected to because it is not public.
    var addressRefused: String?
    var isReceivePaused = false
    var isSendPaused = false
    var lastActivity: Clock.Instant
    /// Bytes in both directions, as libcurl counts them.
    var bytesMoved = 0

    init(_ request: PreparedRequest, sink: Sink, startedAt: Clock.Instant) {
        self.request = request
        self.sink = sink
        self.startedAt = startedAt
        lastActivity = startedAt
        upload = if case .stream(let upload) = request.body { UploadPipe(upload) } else { nil }
    }

    /// Whether the body goes to a reader who takes his time.
    var isStreamed: Bool {
        if case .streamed = sink { true } else { false }
    }

    /// Whichever of the total and the idle timeout ends first, with the failure it means. The connect timeout is libcurl's.
    var deadline: (at: Clock.Instant, failure: HTTPClientError.Code)? {
        var deadline: (at: Clock.Instant, failure: HTTPClientError.Code)?
        if let total = request.timeouts.total, !(isStreamed && head.isComplete) {
            deadline = (startedAt.advanced(by: total), .timedOut(total))
        }
        if let idle = request.timeouts.idle, isConnected, !isReceivePaused, !isSendPaused {
            let end = lastActivity.advanced(by: idle)
            if deadline.map({ end < $0.at }) ?? true { deadline = (end, .idleTimedOut(idle)) }
        }
        return deadline
    }

    /// Hands the end to whoever waits, and ends the production of the request body. Once; called by the engine, or by the sender when
    /// the engine is gone.
    func complete(_ result: Result<Void, HTTPClientError.Code>) {
        upload?.close()
        let result = result.mapError { HTTPClientError(code: $0, subject: request.subject) }
        switch sink {
        case .collected(let outcome, _):
            outcome.resolve(result.map { HTTPResponse(status: head.status, headers: head.fields, body: body) })
        case .streamed(let outcome, let pipe):
            outcome.resolve(result.map { head })
            pipe.finish(result)
        }
    }
}
