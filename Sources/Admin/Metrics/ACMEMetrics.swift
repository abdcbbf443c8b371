public import Issuance
public import Telemetry

/// Requests to CAs, as metrics under cert-manager's names. Its summary of durations has no quantiles here: a sum and a count can be added up
/// over replicas, and CAs are asked too seldom for more.
public struct ACMEMetrics: Sendable {
    private let counts: [(labels: MetricLabels, count: ACMERequestCounts.Count)]

    /// Metrics of these counts.
    public init(_ counts: [ACMERequestCounts.Key: ACMERequestCounts.Count]) {
        self.counts = counts.map { key, count in
            let labels = MetricLabels([
                ("scheme", key.scheme), ("host", key.host), ("action", key.action), ("method", key.method),
                ("status", key.status.map { "\($0)" } ?? "error"),
            ])
            return (labels, count)
        }.sorted { $0.labels < $1.labels }
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certmanager_http_acme_client_request_count", .counter, "Requests to ACME servers."))
        for (labels, count) in counts { writer.sample(labels, count.requests) }
        writer.begin(
            MetricFamily("certmanager_http_acme_client_request_duration_seconds", .summary, "How long requests to ACME servers took."))
        for (labels, count) in counts { writer.summary(labels, sum: count.seconds, count: count.requests) }
    }
}
