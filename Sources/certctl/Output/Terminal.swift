internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc

/// What standard output is, and how to write for it.
struct Terminal: Sendable {
    /// When to colour.
    enum Colour: String, ExpressibleByArgument, CaseIterable {
        /// On a terminal, unless `NO_COLOR` (no-color.org) is set or `TERM` is `dumb`.
        case auto
        case always, never
    }

    /// Whether somebody looks at standard output.
    let isTerminal: Bool
    /// Whether the cursor can be moved: a terminal whose `TERM` is not `dumb`.
    let hasCursor: Bool
    /// Whether escape sequences for colours are welcome.
    let hasColour: Bool
    /// How wide lines may be; nil for a pipe or a file, where nothing is shortened.
    var columns: Int?
    /// How many lines there are; nil where there is no end.
    var rows: Int?

    /// Looks at standard output and the environment. `COLUMNS` decides about the width of what is no terminal.
    init(_ colour: Colour = .auto, environment: [String: String] = ProcessInfo.processInfo.environment) {
        isTerminal = isatty(STDOUT_FILENO) == 1
        hasCursor = isTerminal && environment["TERM"] != "dumb"
        hasColour =
            switch colour {
            case .auto: hasCursor && (environment["NO_COLOR"] ?? "").isEmpty
            case .always: true
            case .never: false
            }
        let wished = environment["COLUMNS"].flatMap { Int($0) }.flatMap { Terminal.columnsAllowed.contains($0) ? $0 : nil }
        columns = wished ?? (isTerminal ? Terminal.columnsUsual : nil)
        rows = isTerminal ? Terminal.rowsUsual : nil
        if isTerminal, let size = Terminal.size() { (columns, rows) = (size.columns, size.rows) }
    }

    /// A terminal of which everything is known.
    init(columns: Int?, rows: Int? = nil, hasColour: Bool = false, hasCursor: Bool = false) {
        isTerminal = hasCursor
        self.hasCursor = hasCursor
        self.hasColour = hasColour
        self.columns = columns
        self.rows = rows
    }

    /// The styles in use: one for each level of alarm, and one for headings.
    enum Style: String {
        case good = "32", notice = "33", alarm = "31", heading = "1"
    }

    /// The text, coloured where that is welcome.
    func styled(_ text: String, _ style: Style?) -> String {
        guard hasColour, let style, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// Takes out of foreign words (a CA's error, a name in a certificate) what would drive the terminal or make text read otherwise than it
    /// is: control characters become blanks; marks of direction and other invisible characters become U+FFFD.
    static func harmless(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map(harmless)))
    }

    private static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return " "
        // Both of these have a meaning within words of some scripts, and in emoji.
        case .format: return scalar.value == 0x200C || scalar.value == 0x200D ? scalar : "\u{FFFD}"
        default: return scalar
        }
    }

    /// What the kernel says about the window.
    private static func size() -> (columns: Int, rows: Int)? {
        var size = winsize()
        // SAFETY: TIOCGWINSZ fills in a winsize, which lives for the call.
        let status = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
        guard status == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : rowsUsual)
    }

    private static let columnsUsual = 80
    private static let rowsUsual = 24
    /// What `COLUMNS` may say; anything else is a mistake.
    private static let columnsAllowed = 1...10_000
}
