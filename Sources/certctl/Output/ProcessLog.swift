internal import Core
internal import Glibc
internal import Logging
internal import Synchronization
internal import Telemetry

/// The log of this process, which goes to standard error.
enum ProcessLog {
    private static let started = Mutex<LogOutput?>(nil)

    /// Makes the log of a server; every logger made from now on writes to it. Called once.
    static func start(_ format: LogFormat, _ setting: LogLevelSetting) -> LogOutput {
        let output = LogOutput(descriptor: STDERR_FILENO, format: format, levels: LogLevels(setting))
        started.withLock { $0 = output }
        LoggingSystem.bootstrap { LineLogHandler(subsystem: $0, output: output) }
        return output
    }

    /// A logger of a command, whose user is to hear of what is wrong and of nothing else.
    static func commandLogger(_ subsystem: LogSubsystem) -> Logger {
        let output = started.withLock { started in
            let output = started ?? LogOutput(descriptor: STDERR_FILENO, format: .text, levels: LogLevels(LogLevelSetting(base: .warning)))
            started = output
            return output
        }
        return output.logger(subsystem.rawValue)
    }

    /// Hands on what waits to be written, before the process ends or something else goes to standard error.
    static func flush() {
        started.withLock { $0 }?.flush()
    }
}
