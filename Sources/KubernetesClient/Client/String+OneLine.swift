extension String {
    /// This text as one line of printable characters, cut at ``Limits/wordsBytesMax``, for words of others in an error.
    var oneLine: String {
        var text = ""
        for scalar in unicodeScalars {
            guard text.utf8.count < Limits.wordsBytesMax else { return text + "…" }
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text.unicodeScalars.append(isControl || scalar.properties.isWhitespace ? " " : scalar)
        }
        return text
    }
}
