import FoundationEssentials
import Logging
import Testing

@testable import Telemetry

@Suite("Log lines")
struct LogLineTests {
    private func line(_ message: String, _ fields: Logger.Metadata = [:]) -> LogLine {
        LogLine(
            time: Date(timeIntervalSince1970: 1_780_315_200.125), level: .warning, subsystem: "store", message: message, fields: fields)
    }

    @Test func `both formats are as documented`() {
        let line = line("file read", ["path": "a b.yaml", "count": .stringConvertible(3), "hosts": ["a", "b"]])
        #expect(line.text(.text) == #"2026-06-01T12:00:00.125Z warning store: file read  count=3  hosts=a,b  path="a b.yaml""#)
        #expect(
            line.text(.json)
                == #"{"time":"2026-06-01T12:00:00.125Z","level":"warning","subsystem":"store","message":"file read","count":3,"hosts":["a","b"],"path":"a b.yaml"}"#
        )
    }

    /// What others write to break a line, make a second one, drive a terminal, or turn the direction of text.
    private static let hostile = [
        "a\nb", "a\r\nb", "\u{1B}[2J\u{1B}]0;x\u{7}", "a\u{0}b", "\u{85}next", "\u{2028}x\u{2029}", "\u{202E}abc\u{2066}", "\u{9B}31m",
        "\u{FEFF}", "x\u{7F}", "quote\" back\\slash", "level=error", "\u{E0001}",
    ]

    @Test(arguments: hostile)
    func `hostile text stays one line of what can be seen`(text: String) throws {
        let line = line("m \(text)", ["error": "\(text)", "path": "\(text)"])
        for format in LogFormat.allCases {
            let written = line.text(format)
            for scalar in written.unicodeScalars {
                let category = scalar.properties.generalCategory
                #expect(category != .control && category != .format && category != .lineSeparator && category != .paragraphSeparator)
            }
        }
        // In JSON nothing of it is lost.
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.text(.json).utf8))
        #expect(object["error"] == text)
        #expect(object["message"] == "m \(text)")
        #expect(object.count == 6)
    }

    @Test func `a field cannot take the place of what every line has`() throws {
        let written = line("m", ["message": "x", "level": "y"]).text(.json)
        let object = try JSONDecoder().decode([String: String].self, from: Data(written.utf8))
        #expect(object["message"] == "m")
        #expect(object["message_"] == "x")
        #expect(object["level"] == "warning")
    }

    @Test func `a value with a blank, a quote or an equals sign is quoted in text`() {
        #expect(line("m", ["error": #"say "x" \ y=1"#]).text(.text).hasSuffix(#"  error="say \"x\" \\ y=1""#))
        #expect(line("m", ["error": ""]).text(.text).hasSuffix(#"  error="""#))
    }

    @Test func `a value is cut at its limit and not before`() {
        let fits = String(repeating: "x", count: LogLimits.valueBytesMax)
        #expect(line("m", ["error": "\(fits)"]).text(.text).hasSuffix("error=\(fits)"))
        #expect(line("m", ["error": "\(fits)y"]).text(.text).hasSuffix("error=\(fits)…"))
        #expect(line("m", ["error": "\(fits)y"]).text(.json).hasSuffix("x…\"}"))
    }
}

@Suite("Log levels")
struct LogLevelTests {
    @Test func `a setting changes what it names`() throws {
        let levels = LogLevels(try LogLevelSetting("warning,acme=debug"))
        let acme = levels.cell(for: "acme")
        let proxy = levels.cell(for: "proxy")
        #expect(acme.level == .debug)
        #expect(proxy.level == .warning)
        levels.apply(try LogLevelSetting("error"))
        #expect(acme.level == .debug)
        #expect(proxy.level == .error)
        levels.apply(try LogLevelSetting("acme=default,proxy=trace"))
        #expect(acme.level == .error)
        #expect(proxy.level == .trace)
        let report = levels.report
        #expect(report.default == "error")
        #expect(report.levels.first { $0.subsystem == "proxy" } == .init(subsystem: "proxy", level: "trace", isDefault: false))
        #expect(report.levels.first { $0.subsystem == "acme" }?.isDefault == true)
    }

    @Test(arguments: [
        ("loud", "log level \"loud\": it is no level; there are trace, debug, info, notice, warning, error, critical"),
        ("info,debug", "log level \"debug\": it is the second default level"), ("", "log level \"\": it is no level"),
        ("acme=debug,acme=info", "log level \"acme=info\": acme is named twice"),
        ("nobody=info", "log level \"nobody\": it is no subsystem"),
        ("acme=", "log level \"\": it is no level"), ("info,", "log level \"\": it is the second default level"),
        ("acme=x\ny", "log level \"x y\": it is no level"),
    ])
    func `what cannot be meant is refused, with what there is`(text: String, words: String) {
        #expect { try LogLevelSetting(text) } throws: { "\($0)".hasPrefix(words) }
    }

    @Test func `a logger that exists follows, unless it has a level of its own`() throws {
        let levels = LogLevels()
        let output = LogOutput(descriptor: -1, format: .text, levels: levels)
        let logger = output.logger("store")
        var own = logger
        own.logLevel = .critical
        levels.apply(try LogLevelSetting("store=trace"))
        #expect(logger.logLevel == .trace)
        #expect(own.logLevel == .critical)
    }
}
