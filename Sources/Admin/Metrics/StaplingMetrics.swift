public import Issuance
public import Telemetry

/// OCSP responses in handshakes, of this process.
public struct StaplingMetrics: Sendable {
    private let facts: StaplingFacts

    /// Makes them of what is so now.
    public init(_ facts: StaplingFacts) { self.facts = facts }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily(
                "certctl_ocsp_staples", .gauge, "Certificates that name an OCSP responder, by whether there is a response to staple."))
        for (state, count) in [("good", facts.stapled), ("missing", facts.missing), ("revoked", facts.revoked)] {
            writer.sample(MetricLabels([("state", state)]), UInt64(count))
        }
        writer.begin(
            MetricFamily("certctl_ocsp_staple_requests_total", .counter, "Questions for responses to staple, by how they ended."))
        writer.sample(MetricLabels([("result", "answered")]), facts.updates)
        writer.sample(MetricLabels([("result", "failed")]), facts.failures)
    }
}
