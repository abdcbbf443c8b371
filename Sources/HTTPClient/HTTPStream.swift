/// An answer whose body is read as it comes. Dropping it, or an iterator of it together with it, closes the connection.
///
/// There is one body: a second iterator continues where the first stopped, and only one task may read at a time.
public final class HTTPStream: Sendable, AsyncSequence {
    /// Some bytes of the body, never empty.
    public typealias Element = [UInt8]
    /// What fails the stream.
    public typealias Failure = HTTPClientError

    /// The status code, 200...999.
    public let status: Int
    /// The header fields of the final answer, without trailers.
    public let headers: HTTPFields
    private let pipe: BodyPipe
    private let transfer: Transfer
    private let engine: TransferEngine
    /// Held so that dropping the client does not end the stream.
    private let client: HTTPClient

    init(head: ResponseHead, pipe: BodyPipe, transfer: Transfer, engine: TransferEngine, client: HTTPClient) {
        status = head.status
        headers = head.fields
        self.pipe = pipe
        self.transfer = transfer
        self.engine = engine
        self.client = client
    }

    deinit { engine.cancel(transfer) }

    /// Closes the connection. A reader that waits gets `.cancelled`.
    public func cancel() { engine.cancel(transfer) }

    /// Reads the rest of the body.
    ///
    /// - Parameter bytesMax: the largest rest to accept; one byte more closes the connection and fails with `.bodyTooLarge`.
    public func collect(bytesMax: Int) async throws(HTTPClientError) -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try await next() {
            guard chunk.count <= bytesMax - body.count else {
                cancel()
                throw HTTPClientError(code: .bodyTooLarge(limitBytes: bytesMax), subject: transfer.request.subject)
            }
            body += chunk
        }
        return body
    }

    /// An iterator over what is left of the body.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Reads a body, and keeps its stream alive.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: HTTPStream

        /// The next bytes; nil at the end of the body.
        ///
        /// - Throws: what failed the stream, again at each further call; `.cancelled` if this task is.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(HTTPClientError) -> [UInt8]? {
            try await stream.next()
        }
    }

    private func next() async throws(HTTPClientError) -> [UInt8]? {
        let next = await withTaskCancellationHandler {
            await pipe.next { engine.post(.resumeReceiving(transfer)) }
        } onCancel: {
            engine.cancel(transfer)
        }
        switch next {
        case .chunk(let bytes): return bytes
        case .end: return nil
        case .failed(let error): throw error
        }
    }
}
