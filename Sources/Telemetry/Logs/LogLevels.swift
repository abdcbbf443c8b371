internal import Core
internal import Logging
internal import Synchronization

/// From which level on each subsystem logs. Can be changed while the program runs; loggers that exist follow.
public final class LogLevels: Sendable {
    private struct State {
        var base: Logger.Level
        var own: [String: Logger.Level] = [:]
        var cells: [String: LevelCell] = [:]

        mutating func apply(_ setting: LogLevelSetting) {
            if let base = setting.base { self.base = base }
            for (name, level) in setting.subsystems { own[name] = level }
            for (name, cell) in cells { cell.set(own[name] ?? self.base) }
        }
    }

    private let state: Mutex<State>

    /// Levels as a setting says; `info` where it says nothing.
    public init(_ setting: LogLevelSetting = LogLevelSetting()) {
        var state = State(base: .info)
        for subsystem in LogSubsystem.allCases { state.cells[subsystem.rawValue] = LevelCell(.info) }
        state.apply(setting)
        self.state = Mutex(state)
    }

    /// Changes what a setting names and leaves the rest.
    public func apply(_ setting: LogLevelSetting) {
        state.withLock { $0.apply(setting) }
    }

    /// The levels in force.
    public var report: LogLevelReport {
        state.withLock { state in
            LogLevelReport(
                default: state.base.rawValue,
                levels: state.cells.keys.sorted().map { name in
                    LogLevelReport.Entry(
                        subsystem: name, level: (state.own[name] ?? state.base).rawValue, isDefault: state.own[name] == nil)
                })
        }
    }

    /// Where loggers of a subsystem look.
    func cell(for subsystem: String) -> LevelCell {
        state.withLock { state in
            if let known = state.cells[subsystem] { return known }
            let cell = LevelCell(state.own[subsystem] ?? state.base)
            state.cells[subsystem] = cell
            return cell
        }
    }
}

/// The level of one subsystem: one load for a line that is not written.
final class LevelCell: Sendable {
    private let index: Atomic<Int>

    init(_ level: Logger.Level) { index = Atomic(Self.index(of: level)) }

    var level: Logger.Level { Self.all[index.load(ordering: .relaxed)] }

    func set(_ level: Logger.Level) { index.store(Self.index(of: level), ordering: .relaxed) }

    private static let all = Logger.Level.allCases
    private static func index(of level: Logger.Level) -> Int { all.firstIndex(of: level) ?? 0 }
}

/// The levels in force, as the admin API tells them.
public struct LogLevelReport: Codable, Sendable, Hashable {
    /// The level of one subsystem.
    public struct Entry: Codable, Sendable, Hashable {
        /// Which one.
        public let subsystem: String
        /// Its level.
        public let level: String
        /// Whether that is the default, and follows it.
        public let isDefault: Bool
    }

    /// The level of all others.
    public let `default`: String
    /// Every subsystem, sorted.
    public let levels: [Entry]
}
