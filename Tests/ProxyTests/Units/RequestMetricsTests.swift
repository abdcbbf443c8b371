import Core
import HTTP1
import HashTreeCollections
import KubernetesAPI
import Routing
import Store
import Telemetry
import Testing

@testable import Proxy

@Suite("Requests counted rule by rule") struct RequestMetricsTests {
    /// Rules that come and go, compiled as a server does it.
    private struct Hosts {
        private var objects = ObjectSet()
        private var compiler = RouteCompiler(policy: IngressClassPolicy())

        /// Puts these hosts in the place of those of before.
        mutating func replace(with hosts: [String]) -> RouteTable {
            var next = ObjectSet()
            for host in hosts { next.insert(Make.ingress(host, to: "s")) }
            var changes = ChangeSet()
            for name in Set(objects.ingresses.keys).symmetricDifference(next.ingresses.keys) { changes.ingresses.insert(name) }
            objects = next
            return compiler.apply(StoreUpdate(objects: objects, changed: changes))
        }
    }

    /// All of it, in the steps in which a server asks.
    private func samples(_ metrics: RequestMetrics) -> [RouteRequests] {
        var samples: [RouteRequests] = []
        var start: Int? = 0
        while let from = start {
            let part = metrics.samples(from: from)
            #expect(part.samples.count <= 65, "one look holds the loop up")
            samples += part.samples
            start = part.next
        }
        return samples
    }

    private func count(_ routes: RouteTable, _ metrics: RequestMetrics) {
        for route in routes.allRoutes { metrics.counters(of: route.number, in: routes).count(.get, status: 200) }
    }

    @Test func `ten thousand hosts come and go, and leave nothing`() {
        var hosts = Hosts()
        let metrics = RequestMetrics()
        for generation in 0..<3 {
            let routes = hosts.replace(with: (0..<10_000).map { "h\($0).g\(generation).test" })
            metrics.adopt(routes)
            #expect(samples(metrics).count == 1, "what nobody asked for has no series")
            count(routes, metrics)
            let counted = samples(metrics)
            #expect(counted.count == 10_001)
            #expect(counted.allSatisfy { $0.route?.host.hasSuffix(".g\(generation).test") ?? true })
            #expect(counted.reduce(0) { $0 + ($1.requests.first?.count ?? 0) } == 10_000)
        }
        let half = hosts.replace(with: (0..<5000).map { "h\($0).g2.test" })
        metrics.adopt(half)
        #expect(samples(metrics).count == 5001, "a rule that stays keeps what was counted")
        metrics.adopt(hosts.replace(with: []))
        #expect(samples(metrics).count == 1)
    }

    @Test func `a host that takes the number of another begins at zero`() {
        var hosts = Hosts()
        let metrics = RequestMetrics()
        let first = hosts.replace(with: ["a.test"])
        metrics.adopt(first)
        for _ in 0..<5 { count(first, metrics) }
        _ = hosts.replace(with: [])
        let second = hosts.replace(with: ["b.test"])
        #expect(second.allRoutes.map(\.number) == first.allRoutes.map(\.number))
        metrics.adopt(second)
        count(second, metrics)
        #expect(samples(metrics).dropFirst().map { $0.route?.host } == ["b.test"])
        #expect(samples(metrics).last?.requests.first?.count == 1)
    }

    @Test func `what loops have counted is added up by method and status`() {
        let left = RouteCounters(route: nil)
        let right = RouteCounters(route: nil)
        left.count(.get, status: 200)
        for _ in 0..<2 { right.count(.post, status: 201) }
        for _ in 0..<3 { right.count(.get, status: 200) }
        left.observe(1_000_000, DurationHistogram.request)
        right.observe(7_000_000_000, DurationHistogram.request)
        right.observe(50, SizeHistogram.response)
        var sum = left.sample
        sum.add(right.sample)
        let requests = Dictionary(uniqueKeysWithValues: sum.requests.map { ($0.series, $0.count) })
        #expect(requests[RouteRequests.Series(method: "GET", status: 200)] == 4)
        #expect(requests[RouteRequests.Series(method: "POST", status: 201)] == 2)
        #expect(sum.requestDuration.count == 2 && abs(sum.requestDuration.sum - 7.001) < 1e-9)
        #expect(sum.requestDuration.counts == (left.sample.requestDuration + right.sample.requestDuration).counts)
        #expect(sum.responseSize == right.sample.responseSize)
    }

    @Test(arguments: [32, 33]) func `a sum has 32 combinations as well`(combinations: Int) {
        let left = RouteCounters(route: nil)
        let right = RouteCounters(route: nil)
        for status in 200..<216 { left.count(.get, status: status) }
        for status in 216..<(200 + combinations) { right.count(.get, status: status) }
        var sum = left.sample
        sum.add(right.sample)
        #expect(sum.requests.count == combinations)
        #expect(sum.requests.filter { $0.series.status == nil }.map(\.count) == (combinations == 32 ? [] : [1]))
    }

    @Test func `requests over several loops are counted under their rule, and a rule that goes takes its numbers along`() async throws {
        let backend = try Backend.named("hello")
        let objects = Make.site("app.test", ports: [backend.port]) + Make.site("other.test", ports: [backend.port])
        try await withWorld(threads: 2, objects) { world in
            for _ in 0..<20 { _ = try await world.exchange("GET /x?secret=1 HTTP/1.1\r\nHost: app.test\r\n\r\n") }
            _ = try await world.exchange("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n")
            for host in ["a", "b"] { _ = try await world.exchange("GET / HTTP/1.1\r\nHost: \(host).unknown.test\r\n\r\n") }
            func count(_ host: String?) async -> UInt64 {
                await world.server.requestMetrics().filter { $0.route?.host == host }.flatMap(\.requests).reduce(0) { $0 + $1.count }
            }
            // An answer may be read before the loop has noted its end.
            #expect(await eventually { await count("app.test") == 20 })
            #expect(await eventually { await count("other.test") == 1 })
            #expect(await eventually { await count(nil) == 2 }, "hosts that no Ingress has are one series")
            #expect(await world.server.requestMetrics().allSatisfy { $0.route.map { $0.path == "/" } ?? true })
            let durations = await world.server.requestMetrics().filter { $0.route?.host == "app.test" }.map(\.requestDuration.count)
            #expect(durations.reduce(0, +) == 20)
            world.remove([Make.ingress("app.test", to: "s-app-test")])
            _ = await world.server.counters()
            #expect(await count("app.test") == 0)
            #expect(await count("other.test") == 1)
        }
    }
}
