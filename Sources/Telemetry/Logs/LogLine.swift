public import FoundationEssentials
public import Logging

/// How log lines look.
public enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-11-23T06:00:00.000Z info    store: file read  path=a.yaml`
    case text
    /// One JSON object a line: `time`, `level`, `subsystem`, `message`, then the fields of the line sorted by key.
    case json
}

/// One line of the log: what is in it, and how it is written down. Foreign words cannot break a line, make a second one or drive a terminal,
/// in either format: what controls, formats or separates lines is written as an escape.
public struct LogLine: Sendable {
    /// When it was logged.
    public let time: Date
    /// How much it matters.
    public let level: Logger.Level
    /// Which part of the program.
    public let subsystem: String
    /// What happened; the same words each time.
    public let message: String
    /// To whom, and why.
    public let fields: Logger.Metadata

    /// A line of these parts.
    public init(time: Date, level: Logger.Level, subsystem: String, message: String, fields: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        self.subsystem = subsystem
        self.message = message
        self.fields = fields
    }

    /// The line without its end.
    public func text(_ format: LogFormat) -> String {
        switch format {
        case .text: plainText
        case .json: jsonText
        }
    }

    private var sortedFields: [(key: String, value: Logger.MetadataValue)] { fields.sorted { $0.key < $1.key } }

    private var plainText: String {
        var text = HarmlessText.rfc3339(time) + " " + level.rawValue
        text += String(repeating: " ", count: max(8 - level.rawValue.utf8.count, 1))
        HarmlessText.append(subsystem, to: &text)
        text += ": "
        HarmlessText.append(message, to: &text)
        for (key, value) in sortedFields {
            text += "  "
            HarmlessText.append(key, to: &text)
            text += "="
            HarmlessText.appendField(Self.words(value), to: &text)
        }
        return text
    }

    private var jsonText: String {
        var text = "{\"time\":\"\(HarmlessText.rfc3339(time))\",\"level\":\"\(level.rawValue)\",\"subsystem\":"
        HarmlessText.appendJSON(subsystem, to: &text)
        text += ",\"message\":"
        HarmlessText.appendJSON(message, to: &text)
        for (key, value) in sortedFields {
            text += ","
            // Nothing may say twice what every line has.
            HarmlessText.appendJSON(Self.reserved.contains(key) ? key + "_" : key, to: &text)
            text += ":"
            Self.appendJSON(value, to: &text)
        }
        return text + "}"
    }

    private static let reserved: Set<String> = ["time", "level", "subsystem", "message"]

    private static func words(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let other): "\(other)"
        case .array(let values): values.map(words).joined(separator: ",")
        case .dictionary(let members): members.sorted { $0.key < $1.key }.map { "\($0.key)=\(words($0.value))" }.joined(separator: ",")
        }
    }

    private static func appendJSON(_ value: Logger.MetadataValue, to text: inout String) {
        switch value {
        case .string(let string): HarmlessText.appendJSON(string, to: &text)
        case .stringConvertible(let number as any FixedWidthInteger): text += "\(number)"
        case .stringConvertible(let flag as Bool): text += flag ? "true" : "false"
        case .stringConvertible(let other): HarmlessText.appendJSON("\(other)", to: &text)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                appendJSON(value, to: &text)
            }
            text += "]"
        case .dictionary(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                HarmlessText.appendJSON(member.key, to: &text)
                text += ":"
                appendJSON(member.value, to: &text)
            }
            text += "}"
        }
    }
}
