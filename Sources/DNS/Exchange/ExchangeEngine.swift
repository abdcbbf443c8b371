internal import CLDNS
internal import Glibc
internal import Synchronization

/// The thread `certctl-dns` from outside: it owns all sockets, and lives as long as the process, from the first question on.
final class ExchangeEngine: Sendable {
    /// What the thread is told.
    enum Command {
        case start(Job)
        case cancel(Job)
    }

    /// An exchange and where its result goes.
    final class Job: Sendable {
        let exchange: Exchange
        /// Until when it may wait for its turn; from then on it has as much time again.
        let startDeadline: ContinuousClock.Instant
        let result = Once<Result<[UInt8], Exchange.Failure>>()

        init(_ exchange: Exchange) {
            self.exchange = exchange
            startDeadline = .now.advanced(by: exchange.timeout)
        }
    }

    /// The one of this process; nil when the system gives no thread or descriptor, then asked for again at the next question.
    private static let shared = Mutex<ExchangeEngine?>(nil)

    private let commands = Mutex<[Command]>([])
    /// An `eventfd` that the thread polls.
    private let wakeup: CInt

    private init?() {
        wakeup = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeup >= 0 else { return nil }
        let hasStarted = Background.run(named: "certctl-dns") { [self] in
            let loop = ExchangeLoop(wakeup: wakeup)
            while true { loop.turn(takeCommands()) }
        }
        guard hasStarted else { return nil }
    }

    deinit { close(wakeup) }

    /// Sends the message and waits for the answer that its judge takes, for as long as it may take.
    static func perform(_ exchange: Exchange) async throws(Exchange.Failure) -> [UInt8] {
        let engine = shared.withLock { shared in
            if shared == nil { shared = ExchangeEngine() }
            return shared
        }
        guard let engine else { throw .network("no thread or descriptor to ask with") }
        let job = Job(exchange)
        let result = await withTaskCancellationHandler {
            engine.post(.start(job))
            return await job.result.value()
        } onCancel: {
            // The thread starts nothing that has its result.
            job.result.give(.failure(.cancelled))
            engine.post(.cancel(job))
        }
        return try result.get()
    }

    private func post(_ command: Command) {
        let isFirst = commands.withLock { commands in
            commands.append(command)
            return commands.count == 1
        }
        if isFirst { _ = eventfd_write(wakeup, 1) }
    }

    private func takeCommands() -> [Command] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }
}
