/// Left-aligned columns, two spaces apart, as `kubectl get` prints them. Columns that say so become narrower, or are left out, where the
/// terminal has no room; a pipe gets everything.
struct Table {
    /// One cell: its text and how it is coloured on a terminal.
    struct Cell {
        let text: String
        let style: Terminal.Style?

        init(_ text: String, _ style: Terminal.Style? = nil) {
            self.text = Terminal.harmless(text)
            self.style = style
        }
    }

    /// A column.
    struct Column {
        let title: String
        /// How narrow it may become; nil for one that is never shortened.
        var columnsMin: Int?
        /// In which order columns are left out: the highest first; nil for one that never is.
        var dropOrder: Int?

        init(_ title: String, columnsMin: Int? = nil, dropOrder: Int? = nil) {
            self.title = title
            self.columnsMin = columnsMin
            self.dropOrder = dropOrder
        }
    }

    /// A line of the table and what stands below it.
    struct Row {
        let cells: [Cell]
        /// Sentences about it, indented and wrapped.
        var details: [Cell] = []
    }

    /// Every row has as many cells.
    let columns: [Column]
    private(set) var rows: [Row] = []

    init(columns: [Column]) {
        self.columns = columns
    }

    /// Columns that keep their width.
    init(columns: [String]) {
        self.columns = columns.map { Column($0) }
    }

    /// Adds a row with one cell for each column.
    mutating func add(_ cells: [Cell], details: [Cell] = []) {
        precondition(cells.count == columns.count, "a row has \(cells.count) cells for \(columns.count) columns")
        rows.append(Row(cells: cells, details: details))
    }

    /// The whole table, each line ended by a newline.
    func render(on terminal: Terminal) -> String {
        lines(on: terminal).map { $0 + "\n" }.joined()
    }

    /// The heading, then the lines of each row.
    func lines(on terminal: Terminal) -> [String] {
        let layout = TableLayout(columns, naturalWidths: naturalWidths(), available: terminal.columns)
        var lines = [line(columns.map { Cell($0.title, .heading) }, layout, terminal)]
        for row in rows {
            lines.append(line(row.cells, layout, terminal))
            for detail in row.details { lines += Table.indented(detail, on: terminal) }
        }
        return lines
    }

    private func naturalWidths() -> [Int] {
        columns.indices.map { column in rows.reduce(columns[column].title.columns) { max($0, $1.cells[column].text.columns) } }
    }

    private func line(_ cells: [Cell], _ layout: TableLayout, _ terminal: Terminal) -> String {
        var text = ""
        var blanks = 0
        for (index, width) in layout.columns {
            let shown = cells[index].text.elided(to: width)
            if !shown.isEmpty {
                text += String(repeating: " ", count: blanks) + terminal.styled(shown, cells[index].style)
                blanks = 0
            }
            blanks += width - shown.columns + TableLayout.gap
        }
        return text
    }

    /// A sentence below a row, two blanks to the right; its further lines four, so that sentences can be told apart.
    static func indented(_ cell: Cell, on terminal: Terminal) -> [String] {
        let lines = cell.text.wrapped(to: terminal.columns.map { max($0 - 4, 1) })
        return lines.enumerated().map { ($0.offset == 0 ? "  " : "    ") + terminal.styled($0.element, cell.style) }
    }
}
