import Glibc
import Testing

@testable import certctl

@Suite("Columns of text on a terminal, UAX #11") struct DisplayWidthTests {
    @Test(arguments: [
        ("shop.example.com", 16), ("", 0), ("東京.example", 12), ("ｆｕｌｌ", 8), ("e\u{301}", 1), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
        ("🚀", 2), ("✔\u{FE0F}", 2), ("✔", 1), ("👩\u{200D}🚀", 2), ("🇩🇪", 1), ("…", 1), ("münchen", 7), ("\u{200D}", 0),
    ])
    func `characters have the columns that a terminal gives them`(text: String, columns: Int) {
        #expect(text.columns == columns, "\(text)")
    }

    /// The C library has the same tables for whoever sets a locale, which certctl does not.
    @Test func `every assigned character is as wide as the C library says`() {
        let made = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
        guard let locale = unsafe made else {
            Issue.record("there is no locale C.UTF-8")
            return
        }
        let previous = unsafe uselocale(locale)
        defer {
            unsafe uselocale(previous)
            unsafe freelocale(locale)
        }
        // The module of the C library leaves this X/Open function out.
        guard let symbol = unsafe dlsym(nil, "wcwidth") else {
            Issue.record("the C library has no wcwidth")
            return
        }
        // SAFETY: int wcwidth(wchar_t), POSIX.
        let width = unsafe unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> CInt).self)
        var different: [String] = []
        for value in UInt32(0x20)...0x3FFFD {
            // Marks whose kind differs from one version of Unicode to the next, and what ``Terminal/harmless(_:)`` replaces, are left out.
            guard let scalar = Unicode.Scalar(value), ![.unassigned, .format, .spacingMark].contains(scalar.properties.generalCategory)
            else { continue }
            let columns = width(wchar_t(value))
            if columns >= 0, Int(columns) != scalar.columns { different.append(String(value, radix: 16)) }
        }
        #expect(different.isEmpty, "\(different.count): \(different.prefix(40))")
    }

    @Test(arguments: [
        ("shop.example.com", 16, "shop.example.com"), ("shop.example.com", 11, "shop.…e.com"), ("shop", 1, "…"), ("shop", 0, ""),
        ("ab", 2, "ab"),
        ("東京都.example", 9, "東京…mple"), ("東京都", 3, "…"), ("東京都", 4, "東…"),
    ])
    func `a text that is too wide keeps both its ends`(text: String, limit: Int, shown: String) {
        #expect(text.elided(to: limit) == shown)
        #expect(text.elided(to: limit).columns <= limit)
    }

    @Test func `words are wrapped between blanks, and only within when they are too wide themselves`() {
        #expect("the CA refused the order".wrapped(to: 10) == ["the CA", "refused", "the order"])
        #expect("a https://ca.example/acme".wrapped(to: 10) == ["a", "https://ca", ".example/a", "cme"])
        #expect("東京都".wrapped(to: 3) == ["東", "京", "都"])
        #expect("東京".wrapped(to: 1) == ["東", "京"])
        #expect("".wrapped(to: 5) == [""])
        #expect("no end".wrapped(to: nil) == ["no end"])
    }
}

@Suite("What a terminal is given") struct TerminalTests {
    @Test func `foreign words cannot drive the terminal or read otherwise than they are`() {
        #expect(Terminal.harmless("a\u{1B}[31mb\r\nc\u{9B}2Jd\u{7F}") == "a [31mb  c 2Jd ")
        #expect(Terminal.harmless("moc.\u{202E}elpmaxe\u{202C}") == "moc.\u{FFFD}elpmaxe\u{FFFD}")
        #expect(Terminal.harmless("a\u{2066}b\u{2069}\u{200B}\u{FEFF}\u{E0041}") == "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect(Terminal.harmless("a\u{2028}b\u{2029}c\u{85}d") == "a b c d")
        #expect(Terminal.harmless("bücher 👩\u{200D}🚀 東京") == "bücher 👩\u{200D}🚀 東京")
    }

    @Test func `colours need a terminal, unless a flag says otherwise`() {
        // Standard output of a test is a pipe or a file.
        #expect(!Terminal(.auto, environment: ["TERM": "xterm"]).hasColour)
        #expect(Terminal(.always, environment: ["NO_COLOR": "1", "TERM": "dumb"]).hasColour)
        #expect(!Terminal(.never, environment: [:]).hasColour)
        #expect(Terminal(columns: 80, hasColour: true).styled("x", .alarm) == "\u{1B}[31mx\u{1B}[0m")
        #expect(Terminal(columns: 80).styled("x", .alarm) == "x")
    }

    @Test func `a pipe has no width, unless COLUMNS says one`() {
        #expect(Terminal(environment: [:]).columns == nil)
        #expect(Terminal(environment: ["COLUMNS": "40"]).columns == 40)
        #expect(Terminal(environment: ["COLUMNS": "0"]).columns == nil)
        #expect(Terminal(environment: ["COLUMNS": "10001"]).columns == nil)
        #expect(Terminal(environment: ["COLUMNS": "wide"]).columns == nil)
    }

    @Test func `a frame overwrites line by line and leaves nothing behind`() {
        #expect(
            Screen.frame(["one", "two"], columns: 80, rows: 5)
                == "\u{1B}[?2026h\u{1B}[Hone\u{1B}[K\r\ntwo\u{1B}[K\r\n\u{1B}[J\u{1B}[?2026l")
        let cut = Screen.frame((1...9).map { "line \($0)" }, columns: 80, rows: 3)
        #expect(cut.contains("line 2\u{1B}[K") && !cut.contains("line 3\u{1B}") && cut.contains("… 7 more lines"))
        // There is nothing below the last row to erase, and a line feed there would scroll.
        #expect(Screen.frame((1...3).map { "line \($0)" }, columns: 80, rows: 3).hasSuffix("line 3\u{1B}[K\u{1B}[?2026l"))
        // At the right edge, erasing to the end of the line would erase the last character.
        #expect(
            Screen.frame(["\u{1B}[31mfour\u{1B}[0m"], columns: 4, rows: 1) == "\u{1B}[?2026h\u{1B}[H\u{1B}[31mfour\u{1B}[0m\u{1B}[?2026l")
    }
}

@Suite("Fitting a table to a terminal") struct TableLayoutTests {
    private let columns = [
        Table.Column("STATE"), Table.Column("HOSTS", columnsMin: 12), Table.Column("EXPIRES", dropOrder: 1),
        Table.Column("SECRET", columnsMin: 12, dropOrder: 2), Table.Column("ISSUER", columnsMin: 10, dropOrder: 3),
    ]
    private let natural = [7, 40, 9, 30, 25]

    private func shown(_ available: Int?) -> [Int: Int] {
        Dictionary(
            uniqueKeysWithValues: TableLayout(columns, naturalWidths: natural, available: available).columns.map { ($0.index, $0.width) })
    }

    @Test func `everything is shown where there is room, and in a pipe`() {
        #expect(shown(nil) == [0: 7, 1: 40, 2: 9, 3: 30, 4: 25])
        #expect(shown(119) == [0: 7, 1: 40, 2: 9, 3: 30, 4: 25])
        #expect(shown(500) == shown(nil))
    }

    @Test func `elastic columns shrink first, the widest of them most`() {
        #expect(shown(118) == [0: 7, 1: 39, 2: 9, 3: 30, 4: 25])
        #expect(shown(80) == [0: 7, 1: 20, 2: 9, 3: 18, 4: 18])
    }

    @Test func `then columns are left out, the least needed first`() {
        #expect(Set(shown(58).keys) == [0, 1, 2, 3, 4])
        #expect(Set(shown(57).keys) == [0, 1, 2, 3])
        #expect(Set(shown(45).keys) == [0, 1, 2])
        #expect(Set(shown(31).keys) == [0, 1])
        #expect(shown(31) == [0: 7, 1: 22])
        // Less than that is no terminal; it must not trap.
        for available in 0...20 { #expect(shown(available)[1].map { $0 >= 1 } == true) }
    }

    @Test func `no line is wider than the terminal`() {
        var table = Table(columns: columns)
        table.add(
            natural.map { Table.Cell(String(repeating: "東", count: $0)) }, details: [Table.Cell(String(repeating: "word ", count: 60))])
        for width in 24...260 {
            for line in table.lines(on: Terminal(columns: width)) { #expect(line.columns <= width, "\(width): \(line)") }
        }
    }
}
