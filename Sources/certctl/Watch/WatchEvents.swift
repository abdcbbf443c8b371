internal import Dispatch
internal import Glibc

/// What happens to a command that watches, besides news: signals and typed characters.
final class WatchEvents {
    enum Event: Sendable {
        case signal(Int32)
        case key(UInt8)
    }

    private let sources: [any DispatchSourceProtocol]

    /// Takes the signals over from their default actions, for as long as this object lives.
    ///
    /// - Parameter handler: called on a queue of its own.
    init(readsKeys: Bool, handler: @escaping @Sendable (Event) -> Void) {
        let queue = DispatchQueue(label: "watch")
        var sources: [any DispatchSourceProtocol] = WatchEvents.signals.map { number in
            // The window's size is ignored by default, and would not be told if it were so explicitly.
            if number != SIGWINCH { signal(number, SIG_IGN) }
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handler(.signal(number)) }
            source.resume()
            return source
        }
        if readsKeys, isatty(STDIN_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == getpgrp() {
            let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
            source.setEventHandler {
                var byte: UInt8 = 0
                // SAFETY: read fills in at most the one byte that it is lent.
                let count = unsafe read(STDIN_FILENO, &byte, 1)
                if count == 1 { handler(.key(byte)) } else { source.cancel() }
            }
            source.resume()
            sources.append(source)
        }
        self.sources = sources
    }

    deinit { sources.forEach { $0.cancel() } }

    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH]
}
