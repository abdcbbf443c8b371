/// Cuts a body that comes in pieces into its lines. Pure.
struct LineSplitter {
    private let lineBytesMax: Int
    private var buffer: [UInt8] = []
    /// Where the line begins that comes next; what lies before was taken.
    private var start = 0
    /// Up to where there is no line feed.
    private var searched = 0

    init(lineBytesMax: Int) { self.lineBytesMax = lineBytesMax }

    /// Whether there are bytes of a line that has not ended.
    var hasPartialLine: Bool { start < buffer.count }

    /// Adds a piece. Take all lines first: what was taken is dropped only here.
    mutating func append(_ chunk: [UInt8]) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += chunk
    }

    /// What is there.
    enum Next: Equatable {
        case line([UInt8])
        /// No whole line; add more.
        case more
        /// The line is longer than allowed.
        case tooLong
    }

    /// The next line without its line feed; empty ones are passed over.
    mutating func next() -> Next {
        while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = buffer[start..<end]
            start = end + 1
            searched = start
            if line.count > lineBytesMax { return .tooLong }
            if !line.isEmpty { return .line(Array(line)) }
        }
        searched = buffer.count
        return buffer.count - start > lineBytesMax ? .tooLong : .more
    }
}
