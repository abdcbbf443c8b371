/// A label and a text beside it; the further lines of the text begin where the first does, or, on a narrow terminal, a little further right
/// than the label.
struct HangingText {
    let label: String
    /// How wide the label and the blanks behind it are.
    let labelColumns: Int
    let text: String
    var labelStyle: Terminal.Style?
    var textStyle: Terminal.Style?
    /// Blanks before the label.
    var indent = 0

    func lines(on terminal: Terminal) -> [String] {
        let text = Terminal.harmless(text)
        let margin = String(repeating: " ", count: indent)
        let head = margin + terminal.styled(label, labelStyle)
        let start = indent + labelColumns
        guard let columns = terminal.columns else {
            return [head + blanks(labelColumns - label.columns) + terminal.styled(text, textStyle)]
        }
        // Less than half of the line beside the label is too little to read in.
        guard columns - start >= columns / 2 else {
            let lines = text.wrapped(to: columns - indent - 2).map { margin + "  " + terminal.styled($0, textStyle) }
            return (label.isEmpty ? [] : [head]) + lines
        }
        let lines = text.wrapped(to: columns - start).map { terminal.styled($0, textStyle) }
        return lines.enumerated().map { index, line in
            index == 0 ? head + blanks(labelColumns - label.columns) + line : blanks(start) + line
        }
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: max(count, 1)) }
}
