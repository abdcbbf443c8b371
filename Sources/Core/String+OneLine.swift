extension String {
    /// This text as one line of printable characters, for words of others in an error: what controls or formats, and every white space, becomes
    /// a space. Cut once it has this many bytes, with an ellipsis.
    package func oneLine(bytesMax: Int) -> String {
        var text = ""
        for scalar in unicodeScalars {
            guard text.utf8.count < bytesMax else { return text + "…" }
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text.unicodeScalars.append(isControl || scalar.properties.isWhitespace ? " " : scalar)
        }
        return text
    }

    /// The longest beginning of at most so many bytes of UTF-8 that ends between two characters of Unicode.
    package func cut(toBytes bytesMax: Int) -> String {
        guard utf8.count > bytesMax else { return self }
        var bytes = 0
        var cut = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > bytesMax { break }
            cut.append(scalar)
        }
        return String(cut)
    }
}
