internal import Core
internal import Proxy
internal import Routing
internal import Telemetry

/// Requests of the last minute by host, from what the loops have counted since they began.
struct TrafficWindow {
    /// What is counted of one host.
    struct Counts: Hashable {
        var requests: UInt64 = 0
        /// Answered with 5xx.
        var failed: UInt64 = 0
        /// Answered with 4xx, and those that the visitor gave up on.
        var refused: UInt64 = 0
        var duration = Histogram(bounds: Histogram.requestSeconds)

        /// Counting begins anew when the last rule of a host was replaced.
        func since(_ former: Counts) -> Counts {
            guard requests >= former.requests, failed >= former.failed, refused >= former.refused,
                zip(duration.counts, former.duration.counts).allSatisfy({ $0 >= $1 })
            else { return self }
            return Counts(
                requests: requests - former.requests, failed: failed - former.failed, refused: refused - former.refused,
                duration: Histogram(
                    bounds: duration.bounds, counts: zip(duration.counts, former.duration.counts).map { $0 - $1 },
                    sum: max(0, duration.sum - former.duration.sum)))
        }

        mutating func add(_ more: Counts) {
            requests &+= more.requests
            failed &+= more.failed
            refused &+= more.refused
            duration = duration + more.duration
        }
    }

    /// What the page shows of one host, or of all.
    struct Row: Encodable, Hashable {
        /// The host pattern; empty for requests that no rule was found for, nil for a sum.
        var host: String?
        /// Requests a second.
        var rate: Double
        /// The share of answers with 5xx, 0...1.
        var failed: Double
        /// The share of answers with 4xx.
        var refused: Double
        /// Seconds; nil without requests.
        var p50, p95, p99: Double?
    }

    /// What the page shows.
    struct Report: Encodable, Hashable {
        /// What it is of, in seconds; less than a minute while somebody has just begun to watch.
        var seconds: Int
        var total: Row
        var hosts: [Row]
        /// The hosts that are not listed.
        var others: Row?
        var othersCount: Int
    }

    private var samples: [(at: ContinuousClock.Instant, hosts: [String: Counts])] = []

    /// Takes in what has been counted until now.
    mutating func add(_ requests: [RouteRequests], at now: ContinuousClock.Instant) {
        var hosts: [String: Counts] = [:]
        for sample in requests {
            var counts = Counts()
            for (series, count) in sample.requests {
                counts.requests &+= count
                let status = series.status ?? 0
                if status >= 500 { counts.failed &+= count } else if status >= 400 { counts.refused &+= count }
            }
            guard counts.requests > 0 else { continue }
            counts.duration = sample.requestDuration
            hosts[sample.route.map { $0.host.isEmpty ? "*" : $0.host } ?? "", default: Counts()].add(counts)
        }
        // Nobody watched for a while: that is not the last minute.
        if let last = samples.last, last.at.duration(to: now) >= DashboardLimits.trafficWindow { samples = [] }
        // The newest is always there, the others are some seconds apart.
        if samples.count > 1, samples[samples.count - 2].at.duration(to: now) < DashboardLimits.trafficStep { samples.removeLast() }
        samples.append((now, hosts))
        while samples.count > 2, samples[1].at.duration(to: now) >= DashboardLimits.trafficWindow { samples.removeFirst() }
    }

    /// The last minute; nil before there are two samples.
    var report: Report? {
        guard let first = samples.first, let last = samples.last, samples.count > 1 else { return nil }
        let seconds = first.at.duration(to: last.at).seconds
        guard seconds > 0 else { return nil }
        let changes = last.hosts.map { ($0.key, $0.value.since(first.hosts[$0.key] ?? Counts())) }.filter { $0.1.requests > 0 }
            .sorted { ($1.1.requests, $0.0) < ($0.1.requests, $1.0) }
        let shown = changes.prefix(DashboardLimits.hostsMax)
        let others = Self.sum(changes.dropFirst(DashboardLimits.hostsMax).map(\.1))
        return Report(
            seconds: Int(seconds.rounded()), total: Self.row(nil, Self.sum(changes.map(\.1)), seconds),
            hosts: shown.map { Self.row($0.0, $0.1, seconds) },
            others: changes.count > shown.count ? Self.row(nil, others, seconds) : nil, othersCount: changes.count - shown.count)
    }

    private static func sum(_ counts: [Counts]) -> Counts { counts.reduce(into: Counts()) { $0.add($1) } }

    private static func row(_ host: String?, _ counts: Counts, _ seconds: Double) -> Row {
        let all = max(1, Double(counts.requests))
        return Row(
            host: host, rate: rounded(Double(counts.requests) / seconds), failed: rounded(Double(counts.failed) / all),
            refused: rounded(Double(counts.refused) / all), p50: counts.duration.quantile(0.5).map(rounded),
            p95: counts.duration.quantile(0.95).map(rounded), p99: counts.duration.quantile(0.99).map(rounded))
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
