internal import Core
internal import Logging

/// Keeps a message that repeats from filling the log: so many of it in a window of time, and then one line which says how many were left
/// out. Pure: time comes in. Its memory is bounded: beyond ``messagesMax`` all new messages of a subsystem count as one.
struct LogLimiter: Sendable {
    /// What counts as the same.
    struct Key: Hashable, Sendable {
        let subsystem: String
        /// Cut to ``messageBytesMax``; nil stands for all that do not fit into the table.
        let message: String?
    }

    /// What was left out in a window.
    struct Suppression: Sendable, Equatable {
        let key: Key
        /// The most severe of the lines.
        let level: Logger.Level
        let count: Int
    }

    /// What becomes of a line.
    struct Verdict: Equatable {
        let isAdmitted: Bool
        /// What is to be said before.
        let before: Suppression?
    }

    private struct Window {
        let began: Duration
        var level: Logger.Level
        var seen = 1
        var suppressed = 0
    }

    private let linesMax: Int
    private let length: Duration
    private var windows: [Key: Window] = [:]
    /// When the table was last looked through for windows that are over.
    private var swept = Duration.zero

    /// A limiter.
    ///
    /// - Parameters:
    ///   - linesMax: of one message in a window; beyond, it is left out.
    ///   - length: of a window, which begins with the first line.
    init(linesMax: Int = LogLimits.repeatedLinesMax, length: Duration = LogLimits.repeatWindow) {
        self.linesMax = linesMax
        self.length = length
    }

    /// Judges a line.
    ///
    /// - Parameter now: on any clock that does not go back.
    mutating func judge(_ subsystem: String, _ message: String, _ level: Logger.Level, now: Duration) -> Verdict {
        let key = key(subsystem, message, now: now)
        guard var window = windows[key], now - window.began < length else {
            let before = windows[key].flatMap { suppression(key, $0) }
            windows[key] = Window(began: now, level: level)
            return Verdict(isAdmitted: true, before: before)
        }
        window.seen += 1
        window.level = max(window.level, level)
        let isAdmitted = window.seen <= linesMax
        if !isAdmitted { window.suppressed += 1 }
        windows[key] = window
        return Verdict(isAdmitted: isAdmitted, before: nil)
    }

    /// Forgets windows that are over, and says what was left out in them.
    mutating func ended(now: Duration) -> [Suppression] {
        swept = now
        let over = windows.filter { now - $0.value.began >= length }
        for key in over.keys { windows[key] = nil }
        return over.compactMap { suppression($0.key, $0.value) }
            .sorted { ($0.key.subsystem, $0.key.message ?? "") < ($1.key.subsystem, $1.key.message ?? "") }
    }

    /// When the next window ends in which something was left out; nil when nothing was.
    var nextEnd: Duration? {
        windows.values.filter { $0.suppressed > 0 }.map { $0.began + length }.min()
    }

    /// Messages in the table.
    var messageCount: Int { windows.count }

    private mutating func key(_ subsystem: String, _ message: String, now: Duration) -> Key {
        let key = Key(subsystem: subsystem, message: message.cut(toBytes: LogLimits.messageBytesMax))
        if windows[key] != nil || windows.count < LogLimits.messagesMax { return key }
        if now - swept >= length {
            swept = now
            // What was left out of them is told by ``ended(now:)``.
            windows = windows.filter { now - $0.value.began < length || $0.value.suppressed > 0 }
            if windows.count < LogLimits.messagesMax { return key }
        }
        return Key(subsystem: subsystem, message: nil)
    }

    private func suppression(_ key: Key, _ window: Window) -> Suppression? {
        window.suppressed == 0 ? nil : Suppression(key: key, level: window.level, count: window.suppressed)
    }
}
