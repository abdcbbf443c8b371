internal import Core
internal import FoundationEssentials
public import Logging
internal import Synchronization

/// Where all lines of the process come together: counted for repetition, written down in one format, handed to a ``LineWriter``.
public final class LogOutput: Sendable {
    private struct State {
        var limiter: LogLimiter
        var isTimerSet = false
        var suppressedTotal: UInt64 = 0
    }

    /// The levels, which can be changed at any time.
    public let levels: LogLevels
    private let format: LogFormat
    private let writer: LineWriter
    private let clock: @Sendable () -> Duration
    private let state: Mutex<State>

    /// Everything to one descriptor.
    ///
    /// - Parameter descriptor: usually standard error; stays open.
    public convenience init(descriptor: Int32, format: LogFormat, levels: LogLevels) {
        let began = ContinuousClock.now
        self.init(
            format: format, levels: levels, clock: { began.duration(to: .now) },
            writer: LineWriter(descriptor: descriptor, name: "log", bytesMax: LogLimits.waitingBytesMax) {
                LogOutput.dropNotice($0).text(format)
            })
    }

    init(
        format: LogFormat, levels: LogLevels, limiter: LogLimiter = LogLimiter(), clock: @escaping @Sendable () -> Duration,
        writer: LineWriter
    ) {
        self.format = format
        self.levels = levels
        self.clock = clock
        self.writer = writer
        state = Mutex(State(limiter: limiter))
    }

    /// A logger of a subsystem.
    public func logger(_ subsystem: String) -> Logger {
        Logger(label: subsystem) { LineLogHandler(subsystem: $0, output: self) }
    }

    /// Lines that were left out because they repeat.
    public var suppressedTotal: UInt64 { state.withLock(\.suppressedTotal) }

    /// Lines that were lost because the reader is too slow.
    public var droppedTotal: UInt64 { writer.droppedTotal }

    /// Waits a little for a slow reader, at the end of the program.
    public func flush() {
        reportSuppressed(isEnd: true)
        writer.flush(within: LogLimits.flushTime)
    }

    func log(_ line: LogLine) {
        // Who asks for details gets all of them.
        guard line.level >= .info else { return writer.write(line.text(format)) }
        let verdict = state.withLock { state in
            let verdict = state.limiter.judge(line.subsystem, line.message, line.level, now: clock())
            if !verdict.isAdmitted {
                state.suppressedTotal &+= 1
                setTimer(&state)
            }
            return verdict
        }
        if let before = verdict.before { write(before) }
        if verdict.isAdmitted { writer.write(line.text(format)) }
    }

    /// Says what was left out in windows that are over.
    func reportSuppressed(isEnd: Bool = false) {
        let over = state.withLock { state in
            state.isTimerSet = false
            let over = state.limiter.ended(now: isEnd ? clock() + LogLimits.repeatWindow : clock())
            setTimer(&state)
            return over
        }
        for suppression in over { write(suppression) }
    }

    private func setTimer(_ state: inout State) {
        guard !state.isTimerSet, let end = state.limiter.nextEnd else { return }
        state.isTimerSet = true
        writer.run(after: max(end - clock(), .zero)) { [weak self] in self?.reportSuppressed() }
    }

    private func write(_ suppression: LogLimiter.Suppression) {
        let line = LogLine(
            time: Date(), level: suppression.level, subsystem: suppression.key.subsystem,
            message: suppression.key.message ?? "other messages",
            fields: [LogKey.suppressed.rawValue: .stringConvertible(suppression.count)])
        writer.write(line.text(format))
    }

    private static func dropNotice(_ count: Int) -> LogLine {
        LogLine(
            time: Date(), level: .warning, subsystem: LogSubsystem.log.rawValue,
            message: "log lines were dropped: their reader is too slow",
            fields: [LogKey.dropped.rawValue: .stringConvertible(count)])
    }
}
