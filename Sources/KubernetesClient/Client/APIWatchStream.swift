internal import HTTPClient

/// The events of a watch as they come, each one line of JSON. Dropping it together with its iterators closes the connection.
///
/// It ends where the server ends it in order. A connection that breaks, also within an event, is an error.
public struct APIWatchStream: AsyncSequence, Sendable {
    /// One event without its line feed.
    public typealias Element = [UInt8]
    /// What fails the watch.
    public typealias Failure = APIError

    private let stream: HTTPStream
    private let request: APIRequest

    init(_ stream: HTTPStream, request: APIRequest) {
        self.stream = stream
        self.request = request
    }

    /// Closes the connection. A reader that waits gets `.cancelled`.
    public func cancel() { stream.cancel() }

    /// An iterator; there must be only one, since it holds the rest of a line.
    public func makeAsyncIterator() -> Iterator { Iterator(body: stream.makeAsyncIterator(), request: request) }

    /// Reads the events.
    public struct Iterator: AsyncIteratorProtocol {
        private var body: HTTPStream.Iterator
        private let request: APIRequest
        private var lines = LineSplitter(lineBytesMax: Limits.watchLineBytesMax)

        init(body: HTTPStream.Iterator, request: APIRequest) {
            self.body = body
            self.request = request
        }

        /// The next event; nil at the end of the watch.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(APIError) -> [UInt8]? {
            while true {
                switch lines.next() {
                case .line(let line): return line
                case .tooLong:
                    throw APIError(
                        code: .badResponse, message: "an event has more than \(Limits.watchLineBytesMax) bytes", subject: request.subject)
                case .more: break
                }
                guard let chunk = try await nextChunk(isolation: actor) else { return try end() }
                lines.append(chunk)
            }
        }

        private mutating func nextChunk(isolation actor: isolated (any Actor)?) async throws(APIError) -> [UInt8]? {
            do throws(HTTPClientError) {
                return try await body.next(isolation: actor)
            } catch {
                throw StatusReader.error(error, to: request)
            }
        }

        private func end() throws(APIError) -> [UInt8]? {
            guard !lines.hasPartialLine else {
                throw APIError(code: .unreachable, message: "the watch was cut within an event", subject: request.subject)
            }
            return nil
        }
    }
}
