internal import CLDNS
internal import Glibc

/// All exchanges under way, on one thread that waits in poll(2). Only ``ExchangeEngine``'s thread touches it.
final class ExchangeLoop {
    private let wakeup: CInt
    private var running: [Conversation] = []
    /// Jobs that wait until others end, first come first served.
    private var waiting: [ExchangeEngine.Job] = []
    /// Where messages arrive; as long as any can be.
    private var buffer = [UInt8](repeating: 0, count: DNSLimits.answerBytesMax)

    init(wakeup: CInt) { self.wakeup = wakeup }

    /// Takes orders, then waits once and serves whoever has something.
    func turn(_ commands: [ExchangeEngine.Command]) {
        for command in commands {
            switch command {
            case .start(let job): waiting.append(job)
            case .cancel(let job):
                waiting.removeAll { $0 === job }
                running.removeAll { $0.job === job }
            }
        }
        admit()
        var descriptors = [pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)]
        descriptors += running.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
        // A failure is EINTR or a lack of memory; the deadlines are looked at either way.
        _ = unsafe poll(&descriptors, nfds_t(descriptors.count), timeoutMilliseconds())
        if descriptors[0].revents != 0 {
            var count: eventfd_t = 0
            _ = unsafe eventfd_read(wakeup, &count)
        }
        for (conversation, entry) in zip(running, descriptors.dropFirst()) where entry.revents != 0 { conversation.serve(&buffer) }
        let now = ContinuousClock.now
        for conversation in running where conversation.deadline <= now { conversation.end(.failure(conversation.lateness)) }
        // Closes their sockets.
        running.removeAll { $0.job.result.isOver }
    }

    private func admit() {
        let room = min(waiting.count, DNSLimits.exchangesMax - running.count)
        for job in waiting.prefix(room) {
            if let conversation = Conversation(job) { running.append(conversation) }
        }
        waiting.removeFirst(room)
        let now = ContinuousClock.now
        for job in waiting where job.startDeadline <= now { job.result.give(.failure(.timedOut(instead: "too many other questions"))) }
        waiting.removeAll { $0.result.isOver }
    }

    /// Until the next deadline, rounded up.
    private func timeoutMilliseconds() -> CInt {
        let deadlines = running.map(\.deadline) + waiting.map(\.startDeadline)
        guard let next = deadlines.min() else { return -1 }
        let (seconds, atto) = (next - .now).components
        guard seconds >= 0, atto >= 0 else { return 0 }
        return CInt(min(seconds, 60) * 1000 + atto / 1_000_000_000_000_000 + 1)
    }
}
