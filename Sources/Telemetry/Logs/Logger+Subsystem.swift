public import Core
public import Logging

extension Logger {
    /// The logger of a subsystem, in the log of this process.
    public init(_ subsystem: LogSubsystem) {
        self.init(label: subsystem.rawValue)
    }
}
