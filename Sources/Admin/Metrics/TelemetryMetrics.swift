public import Telemetry

/// What became of lines of the log and of spans, as metrics.
public struct TelemetryMetrics: Sendable {
    /// Lines left out because they repeat.
    public var linesSuppressed: UInt64 = 0
    /// Lines lost because their reader is too slow.
    public var linesDropped: UInt64 = 0
    /// Spans by what became of them; empty where nothing is traced.
    public var spans: [(outcome: String, count: UInt64)] = []

    /// Nothing counted.
    public init() {}

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certctl_log_lines_suppressed_total", .counter, "Log lines left out because they repeat."))
        writer.sample(.none, linesSuppressed)
        writer.begin(MetricFamily("certctl_log_lines_dropped_total", .counter, "Log lines lost because their reader is too slow."))
        writer.sample(.none, linesDropped)
        guard !spans.isEmpty else { return }
        writer.begin(MetricFamily("certctl_trace_spans_total", .counter, "Spans of traces by what became of them."))
        for (outcome, count) in spans { writer.sample(MetricLabels([("outcome", outcome)]), count) }
    }
}
