/// Bounds of the log.
enum LogLimits {
    /// Lines with one message in ``repeatWindow``. Beyond: left out and counted. Certificates are issued at a rate of some in a second at
    /// most, and each is to have its line.
    static let repeatedLinesMax = 100
    /// The time in which ``repeatedLinesMax`` counts.
    static let repeatWindow = Duration.seconds(10)
    /// Messages that are told apart when counting. Beyond: all others of a subsystem count as one. The sources have about a hundred.
    static let messagesMax = 1024
    /// Bytes of a message by which it is told apart.
    static let messageBytesMax = 256
    /// Bytes of lines that wait for a reader. Beyond: lines are dropped and counted. Some thousand lines.
    static let waitingBytesMax = 1 << 20
    /// Bytes of one value. Beyond: cut, with an ellipsis. A CA's problem document is limited to less.
    static let valueBytesMax = 8 * 1024
    /// How long the end of the program waits for a slow reader of the log.
    static let flushTime = Duration.seconds(2)
}
