extension String {
    /// The text with every occurrence of another text replaced.
    func replacing(_ text: String, with replacement: String) -> String {
        // An empty text occurs everywhere.
        guard !text.isEmpty else { return self }
        return split(separator: text, omittingEmptySubsequences: false).joined(separator: replacement)
    }
}
