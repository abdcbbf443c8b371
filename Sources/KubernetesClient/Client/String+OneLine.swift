internal import Core

extension String {
    /// This text as one line of printable characters, cut at ``Limits/wordsBytesMax``, for words of others in an error.
    var oneLine: String { oneLine(bytesMax: Limits.wordsBytesMax) }
}
