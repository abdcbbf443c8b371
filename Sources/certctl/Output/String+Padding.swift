extension String {
    /// The text with spaces behind it, as wide as asked for, and at least one.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - columns, 1))
    }
}
