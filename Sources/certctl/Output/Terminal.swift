internal import FoundationEssentials
internal import Glibc

/// What standard output is, and how to colour for it.
struct Terminal {
    /// Whether somebody looks at standard output.
    let isTerminal: Bool
    /// Whether escape sequences are welcome: a terminal, no `NO_COLOR` (no-color.org), `TERM` not `dumb`.
    let hasColour: Bool

    /// Looks at standard output and the environment.
    init() {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(STDOUT_FILENO) == 1
        hasColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// The styles in use: one for each level of alarm, and one for headings.
    enum Style: String {
        case good = "32", notice = "33", alarm = "31", heading = "1"
    }

    /// The text, coloured where that is welcome.
    func styled(_ text: String, _ style: Style?) -> String {
        guard hasColour, let style else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// Takes control characters out of foreign words (a CA's error, a file's name), so that they cannot drive the terminal.
    static func harmless(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
