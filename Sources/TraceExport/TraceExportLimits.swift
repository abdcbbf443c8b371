internal import Core

/// Bounds of the export. Where a number is OpenTelemetry's, it is the default of its batch span processor.
enum TraceExportLimits {
    /// Spans that wait. Beyond: dropped and counted. OpenTelemetry's.
    static let spansMax = 2048
    /// Spans in one request. OpenTelemetry's.
    static let batchMax = 512
    /// How long spans wait for others. OpenTelemetry's.
    static let batchTime = Duration.seconds(5)
    /// One request, from connecting to the last byte. OpenTelemetry's.
    static let requestTime = Duration.seconds(10)
    /// The first wait after a failure; it doubles from one to the next.
    static let retryMin = Duration.seconds(1)
    /// The longest wait, also of those that a collector asks for.
    static let retryMax = Duration.minutes(2)
    /// How long one batch is tried for. Beyond: dropped and counted; what came meanwhile is worth more.
    static let batchLifeMax = Duration.minutes(5)
    /// How long the end of the program waits for what is left to be sent.
    static let finishTime = Duration.seconds(3)
    /// Bytes of an answer, which says how many spans were refused. Beyond: it is not read.
    static let answerBytesMax = 64 * 1024
    /// Bytes of an answer that are logged.
    static let answerShownBytesMax = 300
}
