/// A request body that is produced while it is sent. The producer is suspended while the network is behind.
public struct HTTPUpload: Sendable {
    /// The number of bytes that will come, sent as `Content-Length`; nil for chunked transfer coding.
    public let length: Int?
    /// Hands every chunk to the closure, in order, and returns at the end of the body.
    let forEachChunk: @Sendable (_ write: @Sendable ([UInt8]) async throws -> Void) async throws -> Void

    /// Makes a body of an asynchronous sequence of chunks, which is iterated once, when the request is sent.
    ///
    /// An error that it throws fails the request as ``HTTPClientError/Code/uploadFailed(_:)`` and the message is cut, never ended as if it
    /// were complete. So does a total that differs from `length`.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, length: Int? = nil) where Chunks.Element == [UInt8] {
        self.length = length
        forEachChunk = { write in
            for try await chunk in chunks { try await write(chunk) }
        }
    }
}
