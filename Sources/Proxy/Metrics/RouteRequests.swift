public import Routing
public import Telemetry

/// What one loop has counted of the requests of one rule, as of one moment. Several of them may be of the same rule: one from each loop.
public struct RouteRequests: Sendable {
    /// Requests with one method and one status.
    public struct Series: Sendable, Hashable {
        /// A registered method, or `OTHER`.
        public let method: String
        /// The status of the response; 499 when the downstream went away before there was one. Nil stands for what came after the first 32
        /// combinations.
        public let status: Int?
    }

    /// The rule; nil for requests that none was found for: redirects, challenges, hosts and paths that no Ingress has.
    public let route: Route?
    var numbers: [UInt64]

    init(route: Route?, numbers: [UInt64]) {
        self.route = route
        self.numbers = numbers
    }

    /// Requests by method and status.
    public var requests: [(series: Series, count: UInt64)] {
        var requests: [(Series, UInt64)] = []
        for slot in stride(from: 0, to: RouteNumbersLayout.otherRequests, by: 2) where numbers[slot] != 0 {
            let key = numbers[slot]
            requests.append(
                (Series(method: RouteNumbersLayout.method(of: key), status: RouteNumbersLayout.status(of: key)), numbers[slot + 1]))
        }
        let others = numbers[RouteNumbersLayout.otherRequests]
        if others > 0 { requests.append((Series(method: "OTHER", status: nil), others)) }
        return requests
    }

    /// Seconds from the last byte of a request's head to the end of its exchange.
    public var requestDuration: Histogram { durations(.request) }
    /// Seconds from the last byte of a request's head to the end of the upstream's response.
    public var responseDuration: Histogram { durations(.response) }
    /// Seconds from the last byte of a request's head to the head of the upstream's response.
    public var headerDuration: Histogram { durations(.header) }
    /// Seconds that connections to endpoints took, of requests that needed a new one.
    public var connectDuration: Histogram { durations(.connect) }
    /// Bytes of requests: head and content.
    public var requestSize: Histogram { sizes(.request) }
    /// Bytes of responses as they were sent.
    public var responseSize: Histogram { sizes(.response) }

    private func durations(_ histogram: DurationHistogram) -> Histogram {
        let end = histogram.start + RouteNumbersLayout.durationBuckets
        return Histogram(
            bounds: Histogram.requestSeconds, counts: Array(numbers[histogram.start..<end]), sum: Double(numbers[end]) / 1e9)
    }

    private func sizes(_ histogram: SizeHistogram) -> Histogram {
        let end = histogram.start + RouteNumbersLayout.sizeBuckets
        return Histogram(
            bounds: RouteNumbersLayout.bytesBounds, counts: Array(numbers[histogram.start..<end]), sum: Double(numbers[end]))
    }
}
