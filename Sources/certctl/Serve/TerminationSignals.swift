internal import Dispatch
internal import Glibc

/// SIGTERM and SIGINT as a stream: the first asks for a drain, the second for an end at once.
enum TerminationSignals {
    /// Takes the signals over from the default action and yields their numbers.
    static func stream() -> AsyncStream<Int32> {
        // A peer that hangs up must be an error of one write, not the end of the process.
        _ = unsafe signal(SIGPIPE, SIG_IGN)
        return AsyncStream { continuation in
            let sources = [SIGTERM, SIGINT].map { number in
                _ = unsafe signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                return source
            }
            continuation.onTermination = { _ in sources.forEach { $0.cancel() } }
        }
    }
}
