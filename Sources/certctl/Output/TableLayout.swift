/// Which columns of a table are shown, and how wide each is. Pure.
struct TableLayout: Equatable {
    /// The index of each shown column, and its width.
    let columns: [(index: Int, width: Int)]

    /// Blanks between columns.
    static let gap = 2

    /// - Parameters:
    ///   - naturalWidths: of the widest cell or title of each column.
    ///   - available: of the terminal; nil where everything is shown as it is.
    init(_ specifications: [Table.Column], naturalWidths: [Int], available: Int?) {
        var shown = Array(specifications.indices)
        guard let available else {
            columns = shown.map { ($0, naturalWidths[$0]) }
            return
        }
        func least(_ index: Int) -> Int { min(specifications[index].columnsMin ?? naturalWidths[index], naturalWidths[index]) }
        func gaps() -> Int { max(shown.count - 1, 0) * TableLayout.gap }
        while shown.reduce(gaps(), { $0 + least($1) }) > available {
            // Of several with one order the last goes first.
            let droppable = shown.filter { specifications[$0].dropOrder != nil }
            guard let next = droppable.max(by: { (specifications[$0].dropOrder ?? 0, $0) < (specifications[$1].dropOrder ?? 0, $1) })
            else { break }
            shown.removeAll { $0 == next }
        }
        let rigid = shown.filter { specifications[$0].columnsMin == nil }.reduce(gaps()) { $0 + naturalWidths[$1] }
        let elastic = shown.filter { specifications[$0].columnsMin != nil }
        let room = max(available - rigid, elastic.count)
        // As wide as all may be that want more: narrow columns keep what they need.
        var cap = min(elastic.map { naturalWidths[$0] }.max() ?? 0, room)
        let isTooNarrow = elastic.reduce(0) { $0 + least($1) } > room
        func width(_ index: Int) -> Int { min(naturalWidths[index], max(cap, isTooNarrow ? 1 : least(index))) }
        while cap > 1, elastic.reduce(0, { $0 + width($1) }) > room { cap -= 1 }
        var spare = room - elastic.reduce(0) { $0 + width($1) }
        columns = shown.map { index in
            guard elastic.contains(index) else { return (index, naturalWidths[index]) }
            // What is left after sharing evenly goes to the first that can use it.
            let further = max(min(naturalWidths[index] - width(index), spare), 0)
            spare -= further
            return (index, width(index) + further)
        }
    }

    static func == (left: TableLayout, right: TableLayout) -> Bool {
        left.columns.elementsEqual(right.columns) { $0 == $1 }
    }
}
