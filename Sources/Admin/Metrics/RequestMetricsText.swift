internal import Core
public import Proxy
public import Routing
public import Telemetry

/// Requests by rule, as metrics under ingress-nginx's names.
///
/// `host` and `path` are those of the rule, never those of a request; a rule that is gone takes its series with it. Only requests are told
/// apart by method and status: histograms for each of their combinations are what makes ingress-nginx's metrics as many as they are.
public struct RequestMetricsText: Sendable {
    private struct Sum {
        var requests: [RouteRequests.Series: UInt64] = [:]
        var requestDuration: Histogram
        var responseDuration: Histogram
        var headerDuration: Histogram
        var connectDuration: Histogram
        var requestSize: Histogram
        var responseSize: Histogram

        init(_ first: RouteRequests) {
            requestDuration = first.requestDuration
            responseDuration = first.responseDuration
            headerDuration = first.headerDuration
            connectDuration = first.connectDuration
            requestSize = first.requestSize
            responseSize = first.responseSize
            count(first)
        }

        mutating func add(_ more: RouteRequests) {
            requestDuration = requestDuration + more.requestDuration
            responseDuration = responseDuration + more.responseDuration
            headerDuration = headerDuration + more.headerDuration
            connectDuration = connectDuration + more.connectDuration
            requestSize = requestSize + more.requestSize
            responseSize = responseSize + more.responseSize
            count(more)
        }

        private mutating func count(_ more: RouteRequests) {
            for (series, count) in more.requests { requests[series, default: 0] &+= count }
        }
    }

    private let sums: [(labels: MetricLabels, sum: Sum)]

    /// Sums what the loops have counted. Rules that differ in nothing that labels say are one.
    public init(_ samples: [RouteRequests], routes: RouteTable, controller: ControllerLabels) {
        var sums: [MetricLabels: Sum] = [:]
        var order: [MetricLabels] = []
        for sample in samples {
            let labels = Self.labels(of: sample.route, routes, controller.labels)
            if sums[labels]?.add(sample) == nil {
                sums[labels] = Sum(sample)
                order.append(labels)
            }
        }
        self.sums = order.compactMap { labels in sums[labels].map { (labels, $0) } }
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily("nginx_ingress_controller_requests", .counter, "Requests by rule, method and status; 499: gone without an answer.")
        )
        for (labels, sum) in sums {
            for (series, count) in sum.requests.sorted(by: { ($0.key.method, $0.key.status ?? 0) < ($1.key.method, $1.key.status ?? 0) }) {
                let status = series.status.map { "\($0)" } ?? "other"
                writer.sample(labels.with("method", series.method).with("status", status), count)
            }
        }
        write("request_duration_seconds", "From the end of a request's head to the end of its exchange.", \.requestDuration, to: &writer)
        write(
            "response_duration_seconds", "From the end of a request's head to the end of the upstream's response.", \.responseDuration,
            to: &writer)
        write(
            "header_duration_seconds", "From the end of a request's head to the head of the upstream's response.", \.headerDuration,
            to: &writer)
        write("connect_duration_seconds", "Making a connection to an endpoint, where a request needed one.", \.connectDuration, to: &writer)
        write("request_size", "Bytes of requests, head and content.", \.requestSize, to: &writer)
        write("response_size", "Bytes of responses as they were sent.", \.responseSize, to: &writer)
        write("bytes_sent", "The same as response_size; ingress-nginx has both.", \.responseSize, to: &writer)
    }

    private func write(_ name: String, _ help: String, _ path: KeyPath<Sum, Histogram>, to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("nginx_ingress_controller_" + name, .histogram, help))
        for (labels, sum) in sums {
            let histogram = sum[keyPath: path]
            if histogram.count > 0 { writer.histogram(labels, histogram) }
        }
    }

    private static func labels(of route: Route?, _ routes: RouteTable, _ controller: MetricLabels) -> MetricLabels {
        guard let route else {
            return controller.with("namespace", "").with("ingress", "").with("service", "").with("canary", "").with("host", "_")
                .with("path", "")
        }
        let service = routes.upstream(route.upstreamID)?.service.name ?? ""
        return controller.with("namespace", route.ingress.namespace).with("ingress", route.ingress.name).with("service", service)
            .with("canary", "").with("host", route.host.isEmpty ? "_" : route.host).with("path", route.path)
    }
}
