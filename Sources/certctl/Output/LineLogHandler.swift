internal import FoundationEssentials
internal import Logging

/// How log lines look.
enum LogFormat: String, CaseIterable {
    /// `2026-11-23T06:00:00Z info  store: file read  file=a.yaml`
    case text
    /// One JSON object a line, with `time`, `level`, `logger`, `message` and the metadata as strings.
    case json
}

/// Writes one line for each event to standard error. Foreign words in a message or in metadata cannot break a line or drive a terminal:
/// control characters are escaped in JSON and replaced in text.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        self.logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.map { (key: $0.key, value: "\($0.value)") }
        let time = Date().rfc3339
        switch format {
        case .text: StandardError.print(text(event, fields.sorted { $0.key < $1.key }, time))
        case .json: StandardError.print(json(event, fields, time))
        }
    }

    private func text(_ event: LogEvent, _ fields: [(key: String, value: String)], _ time: String) -> String {
        let level = event.level.rawValue.padded(to: 8)
        let tail = fields.map { "  \($0.key)=\(LineLogHandler.quoted($0.value))" }.joined()
        return Terminal.harmless("\(time) \(level)\(label): \(event.message)\(tail)")
    }

    private func json(_ event: LogEvent, _ fields: [(key: String, value: String)], _ time: String) -> String {
        var object = Dictionary(fields.map { ($0.key, $0.value) }) { first, _ in first }
        object["time"] = time
        object["level"] = event.level.rawValue
        object["logger"] = label
        object["message"] = event.message.description
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(object) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func quoted(_ value: String) -> String {
        value.isEmpty || value.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" })
            ? "\"" + value.replacing("\"", with: "\\\"") + "\"" : value
    }
}
