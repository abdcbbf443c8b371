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

    init(status: Int, headers: HTTPFields) {
        self.status = status
        self.headers = headers
    }

    /// Closes the connection. A reader that waits gets `.cancelled`.
    public func cancel() {}

    /// Reads the rest of the body.
    ///
    /// - Parameter bytesMax: the largest rest to accept; one byte more closes the connection and fails with `.bodyTooLarge`.
    public func collect(bytesMax: Int) async throws(HTTPClientError) -> [UInt8] { [] }

    /// An iterator over what is left of the body.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Reads a body, and keeps its stream alive.
    public struct Iterator: AsyncIteratorProtocol {
        let stream: HTTPStream

        /// The next bytes; nil at the end of the body.
        ///
        /// - Throws: what failed the stream, again at each further call; `.cancelled` if this task is.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(HTTPClientError) -> [UInt8]? {
            nil
        }
    }
}
