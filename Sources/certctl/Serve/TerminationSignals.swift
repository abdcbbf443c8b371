internal import Dispatch
internal import Glibc

/// SIGTERM and SIGINT as a stream: the first asks for a drain, the second for an end at once.
final class TerminationSignals {
    /// The numbers of the signals that came.
    let stream: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    /// Takes the signals over from their default actions, for as long as this object lives.
    init() {
        // A peer that hangs up must be an error of one write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    deinit { sources.forEach { $0.cancel() } }
}
