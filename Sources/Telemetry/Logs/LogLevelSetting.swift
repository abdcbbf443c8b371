internal import Core
public import Logging

/// A change of log levels as people write it: `info`, `acme=debug`, `info,acme=debug,proxy=warning`, `acme=default`.
public struct LogLevelSetting: Sendable, Hashable {
    /// The level of all subsystems without one of their own; nil to leave it.
    public var base: Logger.Level?
    /// The level of single subsystems; nil in it: the default again.
    public var subsystems: [String: Logger.Level?] = [:]

    /// A change of the default alone; nil for no change.
    public init(base: Logger.Level? = nil) { self.base = base }

    /// Reads a setting.
    ///
    /// - Throws: ``LogLevelError`` when a part is no level, no subsystem, or comes twice.
    public init(_ text: String) throws(LogLevelError) {
        try self.init(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    /// Reads the parts of a setting, which are none for no change.
    ///
    /// - Throws: as ``init(_:)-(String)``.
    public init(_ parts: [String]) throws(LogLevelError) {
        for part in parts {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides.count == 1 {
                guard base == nil else { throw LogLevelError(got: part, reason: "it is the second default level") }
                base = try Self.level(sides[0])
            } else {
                let name = String(sides[0])
                guard LogSubsystem(rawValue: name) != nil else { throw LogLevelError(unknownSubsystem: name) }
                let level = sides[1] == "default" ? nil : try Self.level(sides[1])
                guard subsystems.updateValue(level, forKey: name) == nil else {
                    throw LogLevelError(got: part, reason: "\(name) is named twice")
                }
            }
        }
    }

    private static func level(_ text: Substring) throws(LogLevelError) -> Logger.Level {
        guard let level = Logger.Level(rawValue: String(text)) else { throw LogLevelError(unknownLevel: String(text)) }
        return level
    }
}

/// Why a setting of log levels was not taken.
public struct LogLevelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was got, in one line.
    public let got: String
    /// What is wrong with it.
    public let reason: String

    init(got: String, reason: String) {
        self.got = got.oneLine(bytesMax: 100)
        self.reason = reason
    }

    init(unknownLevel text: String) {
        self.init(got: text, reason: "it is no level; there are " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
    }

    init(unknownSubsystem text: String) {
        self.init(
            got: text, reason: "it is no subsystem; there are " + LogSubsystem.allCases.map(\.rawValue).sorted().joined(separator: ", "))
    }

    /// One line for an operator.
    public var description: String { "log level \"\(got)\": \(reason)" }
}
