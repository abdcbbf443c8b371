/// Left-aligned columns, two spaces apart, as `kubectl get` prints them.
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

    /// The headings; every row has as many cells.
    let columns: [String]
    private(set) var rows: [[Cell]] = []

    init(columns: [String]) {
        self.columns = columns
    }

    /// Adds a row with one cell for each column.
    mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has \(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The whole table, each line ended by a newline.
    func render(on terminal: Terminal) -> String {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].count) { max($0, $1[column].text.count) }
        }
        let heading = line(columns.map { Cell($0, .heading) }, widths, terminal)
        return rows.reduce(heading) { $0 + line($1, widths, terminal) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ terminal: Terminal) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            text += terminal.styled(cell.text, cell.style)
            if index < cells.count - 1 { text += String(repeating: " ", count: widths[index] - cell.text.count + 2) }
        }
        return text + "\n"
    }
}
