/// A text form in which metrics are exposed.
public enum MetricsFormat: Sendable, Hashable {
    /// Prometheus' own, version 0.0.4. <https://prometheus.io/docs/instrumenting/exposition_formats/>
    case prometheus
    /// OpenMetrics 1.0.0. <https://prometheus.io/docs/specs/om/open_metrics_spec/>
    case openMetrics

    /// The value of `Content-Type`.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The form for a request with this `Accept` field: OpenMetrics where it is asked for with at least the weight of plain text. RFC 9110
    /// §12.5.1.
    public init(accept: String?) {
        var openMetrics = 0.0
        var plain = 0.0
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            let weight = parts.dropFirst().last { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            switch parts.first {
            case "application/openmetrics-text"?:
                let version = parts.dropFirst().first { $0.hasPrefix("version=") }?.dropFirst("version=".count)
                if version == nil || version == "1.0.0" || version == "0.0.1" { openMetrics = max(openMetrics, weight) }
            case "text/plain"?, "text/*"?, "*/*"?: plain = max(plain, weight)
            default: break
            }
        }
        self = openMetrics > 0 && openMetrics >= plain ? .openMetrics : .prometheus
    }
}
