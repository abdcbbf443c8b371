internal import FoundationEssentials
public import Logging

/// Hands the lines of one logger to the ``LogOutput`` of the process.
public struct LineLogHandler: LogHandler {
    private let subsystem: String
    private let output: LogOutput
    private let cell: LevelCell
    private var ownLevel: Logger.Level?
    /// Fields of every line of this logger.
    public var metadata: Logger.Metadata = [:]

    /// The handler of a logger.
    ///
    /// - Parameter subsystem: its label.
    public init(subsystem: String, output: LogOutput) {
        self.subsystem = subsystem
        self.output = output
        cell = output.levels.cell(for: subsystem)
    }

    /// That of the subsystem, unless this logger was given one of its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? cell.level }
        set { ownLevel = newValue }
    }

    /// A field of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Takes a line; never blocks.
    public func log(event: LogEvent) {
        var fields = metadata
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        output.log(
            LogLine(time: Date(), level: event.level, subsystem: subsystem, message: event.message.description, fields: fields))
    }
}
