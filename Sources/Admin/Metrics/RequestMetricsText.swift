internal import Core
public import Proxy
public import Routing
public import Telemetry

/// Requests by rule, as metrics under ingress-nginx's names.
///
/// `host` and `path` are those of the rule, never those of a request; a rule that is gone takes its series with it. Only requests are told
/// apart by method and status: histograms for each of their combinations are what makes ingress-nginx's metrics as many as they are.
public struct RequestMetricsText: Sendable {
    private let sums: [(labels: MetricLabels, sum: RouteRequests)]

    /// Sums what the loops have counted. Rules that differ in nothing that labels say are one.
    public init(_ samples: [RouteRequests], routes: RouteTable, controller: ControllerLabels) {
        var sums: [(labels: MetricLabels, sum: RouteRequests)] = []
        var byRoute: [ObjectIdentifier?: Int] = [:]
        var byLabels: [MetricLabels: Int] = [:]
        for sample in samples {
            let identity = sample.route.map { ObjectIdentifier($0) }
            if let index = byRoute[identity] {
                sums[index].sum.add(sample)
                continue
            }
            let labels = Self.labels(of: sample.route, routes, controller.labels)
            if let index = byLabels[labels] {
                sums[index].sum.add(sample)
                byRoute[identity] = index
            } else {
                byRoute[identity] = sums.count
                byLabels[labels] = sums.count
                sums.append((labels, sample))
            }
        }
        self.sums = sums
    }

    /// Writes all of them, those that dashboards need most first.
    public func write(to writer: inout MetricsWriter) {
        writeRequests(to: &writer)
        write("request_duration_seconds", "From the end of a request's head to the end of its exchange.", to: &writer) {
            $0.requestDuration
        }
        write(
            "header_duration_seconds", "From the end of a request's head to the head of the upstream's response.", to: &writer
        ) { $0.headerDuration }
        write(
            "response_duration_seconds", "From the end of a request's head to the end of the upstream's response.", to: &writer
        ) { $0.responseDuration }
        write("request_size", "Bytes of requests, head and content.", to: &writer) { $0.requestSize }
        write("response_size", "Bytes of responses as they were sent.", to: &writer) { $0.responseSize }
        write("connect_duration_seconds", "Making a connection to an endpoint, where a request needed one.", to: &writer) {
            $0.connectDuration
        }
        write("bytes_sent", "The same as response_size; ingress-nginx has both.", to: &writer) { $0.responseSize }
    }

    private func writeRequests(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily("nginx_ingress_controller_requests", .counter, "Requests by rule, method and status; 499: gone without an answer.")
        )
        var known: [RouteRequests.Series: MetricLabels] = [:]
        for (labels, sum) in sums {
            for (series, count) in sum.requests.sorted(by: {
                ($0.series.method, $0.series.status ?? 0) < ($1.series.method, $1.series.status ?? 0)
            }) {
                let seriesLabels = known[series] ?? Self.labels(of: series)
                known[series] = seriesLabels
                writer.sample(labels, seriesLabels, count)
            }
        }
    }

    private func write(_ name: String, _ help: String, to writer: inout MetricsWriter, _ histogram: (RouteRequests) -> Histogram) {
        writer.begin(MetricFamily("nginx_ingress_controller_" + name, .histogram, help))
        for (labels, sum) in sums {
            let histogram = histogram(sum)
            if histogram.count > 0 { writer.histogram(labels, histogram) }
        }
    }

    private static func labels(of series: RouteRequests.Series) -> MetricLabels {
        MetricLabels([("method", series.method), ("status", series.status.map { "\($0)" } ?? "other")])
    }

    private static func labels(of route: Route?, _ routes: RouteTable, _ controller: MetricLabels) -> MetricLabels {
        guard let route else {
            return controller.with([("canary", ""), ("host", "_"), ("ingress", ""), ("namespace", ""), ("path", ""), ("service", "")])
        }
        return controller.with([
            ("canary", ""), ("host", route.host.isEmpty ? "_" : route.host), ("ingress", route.ingress.name),
            ("namespace", route.ingress.namespace), ("path", route.path),
            ("service", routes.upstream(route.upstreamID)?.service.name ?? ""),
        ])
    }
}
