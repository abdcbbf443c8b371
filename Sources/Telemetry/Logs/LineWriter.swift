internal import Dispatch
internal import Glibc
internal import Synchronization

/// Writes lines to a file descriptor on a queue of its own. A reader that is slow or gone costs lines, never the time of whoever logs: beyond
/// a bound lines are dropped, and the next one that is written is preceded by a line which says how many.
public final class LineWriter: Sendable {
    /// Makes the line about lines that were dropped.
    public typealias DropNotice = @Sendable (_ count: Int) -> String

    private struct State {
        var waiting: [UInt8] = []
        var isWriting = false
        /// Not told yet.
        var dropped = 0
        var droppedTotal: UInt64 = 0
    }

    private let descriptor: Int32
    private let bytesMax: Int
    private let notice: DropNotice
    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// A writer.
    ///
    /// - Parameters:
    ///   - descriptor: stays open for as long as this is used.
    ///   - bytesMax: of lines that wait.
    ///   - notice: called on the queue of this writer.
    public init(descriptor: Int32, name: String, bytesMax: Int, notice: @escaping DropNotice) {
        self.descriptor = descriptor
        self.bytesMax = bytesMax
        self.notice = notice
        queue = DispatchQueue(label: "certctl." + name)
    }

    /// Lines that nobody got.
    public var droppedTotal: UInt64 { state.withLock(\.droppedTotal) }

    /// Takes a line without its end; never blocks.
    public func write(_ line: String) {
        let begins = state.withLock { state in
            guard state.waiting.count + line.utf8.count < bytesMax else {
                state.dropped += 1
                state.droppedTotal &+= 1
                return false
            }
            state.waiting.append(contentsOf: line.utf8)
            state.waiting.append(UInt8(ascii: "\n"))
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { queue.async { self.writeWaiting() } }
    }

    /// Waits until everything is written that came before.
    ///
    /// - Returns: false when the reader did not take it in that time.
    @discardableResult
    public func flush(within limit: Duration) -> Bool {
        let isDone = DispatchSemaphore(value: 0)
        queue.async { isDone.signal() }
        return isDone.wait(timeout: .now() + .milliseconds(Int(limit / .milliseconds(1)))) == .success
    }

    /// Runs something on the queue of the lines, later.
    func run(after delay: Duration, _ action: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(delay / .milliseconds(1)) + 1), execute: action)
    }

    private func writeWaiting() {
        while true {
            let (bytes, dropped) = state.withLock { state in
                let taken = (state.waiting, state.dropped)
                state.waiting = []
                state.dropped = 0
                if taken.0.isEmpty, taken.1 == 0 { state.isWriting = false }
                return taken
            }
            if bytes.isEmpty, dropped == 0 { return }
            put(bytes)
            // Behind what had waited when they were lost.
            if dropped > 0 { put(Array((notice(dropped) + "\n").utf8)) }
        }
    }

    private func put(_ bytes: [UInt8]) {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Whoever started us may have set the other end's mode, which both share.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&ready, 1, -1)
            } else if errno != EINTR {
                let lines = rest.count { $0 == UInt8(ascii: "\n") }
                return state.withLock { $0.droppedTotal &+= UInt64(lines) }
            }
        }
    }
}
