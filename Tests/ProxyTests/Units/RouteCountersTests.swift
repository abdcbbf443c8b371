import HTTP1
import Telemetry
import Testing

@testable import Proxy

@Suite("Counters of a rule") struct RouteCountersTests {
    @Test func `the buckets of durations are those of the bounds`() {
        for seconds in Histogram.requestSeconds {
            let bound = UInt64((seconds * 1e9).rounded())
            for nanoseconds in [bound - 1, bound, bound + 1] {
                var expected = Histogram(bounds: Histogram.requestSeconds)
                expected.observe(Double(nanoseconds) / 1e9)
                let counters = RouteCounters(route: nil)
                counters.observe(nanoseconds, DurationHistogram.header)
                #expect(counters.sample.headerDuration.counts == expected.counts)
                #expect(counters.sample.requestDuration.count == 0 && counters.sample.connectDuration.count == 0)
            }
        }
    }

    @Test func `the buckets of sizes are those of the bounds`() {
        for bound in RouteNumbersLayout.bytesBounds {
            for bytes in [UInt64(bound) - 1, UInt64(bound), UInt64(bound) + 1] {
                var expected = Histogram(bounds: RouteNumbersLayout.bytesBounds)
                expected.observe(Double(bytes))
                let counters = RouteCounters(route: nil)
                counters.observe(bytes, SizeHistogram.response)
                #expect(counters.sample.responseSize == expected)
                #expect(counters.sample.requestSize.count == 0)
            }
        }
    }

    @Test func `requests are told apart by method and status`() {
        let counters = RouteCounters(route: nil)
        for _ in 0..<3 { counters.count(.get, status: 200) }
        counters.count(.post, status: 200)
        counters.count(.other, status: 501)
        let requests = Dictionary(uniqueKeysWithValues: counters.sample.requests.map { ($0.series, $0.count) })
        #expect(
            requests == [
                RouteRequests.Series(method: "GET", status: 200): 3, RouteRequests.Series(method: "POST", status: 200): 1,
                RouteRequests.Series(method: "OTHER", status: 501): 1,
            ])
    }

    @Test(arguments: [32, 33]) func `beyond 32 combinations requests are counted together`(statuses: Int) {
        let counters = RouteCounters(route: nil)
        for _ in 0..<2 { for status in 200..<(200 + statuses) { counters.count(.get, status: status) } }
        let requests = counters.sample.requests
        #expect(requests.filter { $0.series.status != nil }.count == 32)
        #expect(requests.filter { $0.series.status == nil }.map(\.count) == (statuses == 32 ? [] : [2]))
    }
}
