internal import Core

extension String {
    /// This text as one line of printable characters, cut at ``Limits/wordsBytesMax``, for words of a peer or a library in an error.
    var printable: String { oneLine(bytesMax: Limits.wordsBytesMax) }
}
