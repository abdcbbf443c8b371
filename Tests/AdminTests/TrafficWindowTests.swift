import Telemetry
import Testing

@testable import Admin
@testable import HTTP1
@testable import Proxy

@Suite("Dashboard, traffic") struct TrafficWindowTests {
    private let start = ContinuousClock.now

    /// What a loop counts of requests that no rule was found for.
    private func counted(_ statuses: [(status: Int, count: Int, milliseconds: UInt64)]) -> [RouteRequests] {
        let counters = RouteCounters(route: nil)
        for (status, count, milliseconds) in statuses {
            for _ in 0..<count {
                counters.count(.get, status: status)
                counters.observe(milliseconds * 1_000_000, DurationHistogram.request)
            }
        }
        return [counters.sample]
    }

    @Test func `one look says nothing about a rate`() {
        var window = TrafficWindow()
        window.add(counted([(200, 10, 1)]), at: start)
        #expect(window.report == nil)
    }

    @Test func `rates, shares and latencies are of what came between`() throws {
        var window = TrafficWindow()
        window.add(counted([(200, 1000, 1)]), at: start)
        window.add(counted([(200, 1080, 1), (404, 10, 20), (502, 10, 700)]), at: start.advanced(by: .seconds(10)))
        let report = try #require(window.report)
        #expect(report.seconds == 10 && report.hosts.count == 1 && report.hosts[0].host == "")
        #expect(report.total.rate == 10 && report.total.failed == 0.1 && report.total.refused == 0.1)
        #expect(report.total.p50 == 0.0031 && report.total.p95 == 0.75 && report.total.p99 == 0.95)
    }

    @Test func `what is older than a minute does not count`() throws {
        var window = TrafficWindow()
        for second in stride(from: 0, through: 300, by: 2) {
            window.add(counted([(200, min(second, 200) * 10, 1)]), at: start.advanced(by: .seconds(second)))
        }
        let report = try #require(window.report)
        #expect((60...66).contains(report.seconds) && report.total.rate == 0 && report.hosts.isEmpty)
    }

    @Test func `counting that begins anew is no negative rate`() throws {
        var window = TrafficWindow()
        window.add(counted([(200, 1000, 1)]), at: start)
        window.add(counted([(200, 20, 1)]), at: start.advanced(by: .seconds(10)))
        #expect(try #require(window.report).total.rate == 2)
    }

    @Test func `after a pause the last minute begins anew`() {
        var window = TrafficWindow()
        window.add(counted([(200, 10, 1)]), at: start)
        window.add(counted([(200, 20, 1)]), at: start.advanced(by: .seconds(10)))
        window.add(counted([(200, 1000, 1)]), at: start.advanced(by: .seconds(100)))
        #expect(window.report == nil)
    }
}
