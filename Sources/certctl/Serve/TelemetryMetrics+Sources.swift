internal import Admin
internal import Telemetry
internal import TraceExport

extension TelemetryMetrics {
    /// As of now.
    init(_ log: LogOutput, _ traces: OTLPExporter?) {
        self.init()
        linesSuppressed = log.suppressedTotal
        linesDropped = log.droppedTotal
        guard let counts = traces?.counts else { return }
        spans = [
            ("exported", counts.exported), ("overflowed", counts.overflowed), ("refused", counts.refused), ("expired", counts.expired),
        ]
    }
}
