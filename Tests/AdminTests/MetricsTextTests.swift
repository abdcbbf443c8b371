import CALimits
import Core
import FoundationEssentials
import HTTP1
import Issuance
import KubernetesAPI
import Routing
import Store
import Telemetry
import TestKit
import Testing

@testable import Admin
@testable import Proxy

private let noon = Date(timeIntervalSince1970: 1_788_264_000)

@Suite("Metrics of the parts") struct MetricsTextTests {
    private let controller = ControllerLabels(namespace: "sys", controller: "certctl.dev/ingress", pod: "p")

    private func lines(seriesMax: Int = .max, _ write: (inout MetricsWriter) -> Void) -> [Substring] {
        var writer = MetricsWriter(format: .prometheus, seriesMax: seriesMax)
        write(&writer)
        writer.writeSeriesCounts()
        return String(decoding: writer.finish(), as: UTF8.self).split(separator: "\n")
    }

    private func table(_ hosts: [String], service: String = "web") -> RouteTable {
        var objects = ObjectSet()
        for host in hosts {
            let backend = IngressBackend.service(name: service, port: .number(80))
            let rule = IngressRule(host: host, paths: [HTTPIngressPath(path: "/", pathType: .prefix, backend: backend)])
            objects.insert(
                .ingress(
                    Ingress(
                        metadata: ObjectMeta(namespace: "shop", name: host), spec: IngressSpec(ingressClassName: "certctl", rules: [rule])))
            )
        }
        var compiler = RouteCompiler(policy: IngressClassPolicy())
        return compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true)))
    }

    @Test func `ten thousand rules with traffic stay within the bound, requests before histograms`() {
        let routes = table((0..<10_000).map { "h\($0).test" })
        let samples = routes.allRoutes.map { route in
            let counters = RouteCounters(route: route)
            counters.count(.get, status: 200)
            counters.observe(1_000_000, DurationHistogram.request)
            return counters.sample
        }
        let text = RequestMetricsText(samples + samples, routes: routes, controller: controller)
        let found = lines(seriesMax: 20_000) { text.write(to: &$0) }
        #expect(found.count { !$0.hasPrefix("#") } <= 20_003)
        #expect(found.count { $0.hasPrefix("nginx_ingress_controller_requests{") } == 10_000, "the loops' numbers are one")
        #expect(found.allSatisfy { !$0.hasPrefix("nginx_ingress_controller_requests{") || $0.hasSuffix(" 2") })
        // 14 lines each: 12 buckets, the sum and the number.
        #expect(found.contains("certctl_metrics_series_omitted \(10_000 * 14 - 10_000 / 14 * 14)"))
    }

    @Test func `rules that labels do not tell apart are one`() {
        var objects = ObjectSet()
        let backend = IngressBackend.service(name: "web", port: .number(80))
        let paths = [HTTPIngressPath.PathType.exact, .prefix].map { HTTPIngressPath(path: "/a", pathType: $0, backend: backend) }
        objects.insert(
            .ingress(
                Ingress(
                    metadata: ObjectMeta(namespace: "shop", name: "i"),
                    spec: IngressSpec(ingressClassName: "certctl", rules: [IngressRule(host: "a.test", paths: paths)]))))
        var compiler = RouteCompiler(policy: IngressClassPolicy())
        let routes = compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true)))
        let samples = routes.allRoutes.map { route in
            let counters = RouteCounters(route: route)
            counters.count(.get, status: 200)
            return counters.sample
        }
        #expect(samples.count == 2)
        let found = lines { RequestMetricsText(samples, routes: routes, controller: controller).write(to: &$0) }
        #expect(
            found.filter { $0.hasPrefix("nginx_ingress_controller_requests{") } == [
                "nginx_ingress_controller_requests{controller_class=\"certctl.dev/ingress\",controller_namespace=\"sys\",controller_pod=\"p\","
                    + "canary=\"\",host=\"a.test\",ingress=\"i\",namespace=\"shop\",path=\"/a\",service=\"web\",method=\"GET\",status=\"200\"} 2"
            ])
    }

    @Test func `an Ingress without a Service is an orphan`() {
        let routes = table(["a.test", "b.test"])
        let found = lines { writer in
            let metrics = ProxyMetrics(ProxyCounters(), loops: [], tlsContexts: 3, routes: routes, controller: controller)
            metrics.writeTotals(to: &writer)
            metrics.writeUpstreams(to: &writer)
        }
        let orphans = found.filter { $0.hasPrefix("nginx_ingress_controller_orphan_ingress{") }
        #expect(orphans.count == 2 && orphans.allSatisfy { $0.contains("type=\"no-service\"") && $0.hasSuffix(" 1") })
        #expect(found.contains("certctl_tls_contexts 3"))
    }

    @Test func `a limit of accounts has a number for each, all others one for all`() throws {
        let orders = CALimit(name: "orders", counts: .orders, scope: .account, count: 10, window: .hours(10))
        let domains = CALimit(name: "domains", counts: .certificates, scope: .registeredDomain, count: 2, window: .hours(30))
        var ledger = BudgetLedger()
        for number in 0..<500 {
            ledger.spend(OrderIntent(account: "sys/a", names: ["h.d\(number).example"]), limits: [domains], at: noon)
        }
        for name in ["x.busy.test", "y.busy.test"] {
            ledger.spend(OrderIntent(account: "sys/a", names: [name]), limits: [orders, domains], at: noon)
        }
        var numbers = IssuanceNumbers()
        numbers.budgets.add(
            ledger, of: "https://ca.test/d",
            accounts: ["sys/a", "sys/b"].map { BudgetReport.Account(directory: "https://ca.test/d", account: $0) },
            limits: [orders, domains], at: noon)
        let found = lines { IssuanceMetrics(numbers, serving: ServingMetrics()).write(to: &$0) }
        func value(_ name: String, _ account: String, _ limit: String) -> String? {
            let labels = "{account=\"\(account)\",directory=\"https://ca.test/d\",limit=\"\(limit)\"} "
            return found.first { $0.hasPrefix(name + labels) }.map { String($0.dropFirst((name + labels).count)) }
        }
        #expect(value("certctl_ca_budget_remaining", "sys/a", "orders") == "8")
        #expect(value("certctl_ca_budget_remaining", "sys/b", "orders") == "10")
        #expect(value("certctl_ca_budget_max", "sys/b", "orders") == "10")
        #expect(value("certctl_ca_budget_remaining", "", "domains") == "0")
        #expect(value("certctl_ca_budget_exhausted", "", "domains") == "1")
        #expect(found.count { $0.hasPrefix("certctl_ca_budget_remaining{") } == 3)
    }

    @Test func `an update with a document that cannot be read is a reload that failed`() {
        var serving = ServingMetrics()
        serving.update(took: .milliseconds(3), problems: 0, at: noon)
        serving.update(took: .milliseconds(3), problems: 1, at: noon + 60)
        serving.problems = ["store": 1]
        serving.leadership = (true, "sys/certctl")
        let found = lines { writer in
            serving.write(.empty, controller: controller, to: &writer)
            IssuanceMetrics(IssuanceNumbers(), serving: serving).write(to: &writer)
        }
        let labels = "{controller_class=\"certctl.dev/ingress\",controller_namespace=\"sys\",controller_pod=\"p\"}"
        for line in [
            "nginx_ingress_controller_config_last_reload_successful\(labels) 0",
            "nginx_ingress_controller_config_last_reload_successful_timestamp_seconds\(labels) 1788264000",
            "nginx_ingress_controller_success\(labels) 2", "nginx_ingress_controller_errors\(labels) 1",
            "nginx_ingress_controller_config_hash\(labels) 0", "certctl_last_update_timestamp_seconds 1788264060", "certctl_leader 1",
            "certmanager_controller_sync_call_count{controller=\"ingress-shim\"} 2",
            "certmanager_controller_sync_error_count{controller=\"ingress-shim\"} 1",
            "certmanager_controller_sync_error_count{controller=\"certificates-issuing\"} 0",
        ] {
            #expect(found.contains { $0 == line }, "\(line)")
        }
    }

    @Test(
        arguments: [
            ([], "0"), ([0], "0"), ([0x0A], "10"), ([0xFF, 0xFF], "65535"), ([0x3B, 0x9A, 0xCA, 0x00], "1000000000"),
            ([0x0D, 0xE0, 0xB6, 0xB3, 0xA7, 0x64, 0x00, 0x00], "1000000000000000000"),
            ([UInt8](repeating: 0xFF, count: 20), "1461501637330902918203684832716283019655932542975"),
        ] as [([UInt8], String)]) func `serial numbers are decimal as ingress-nginx has them`(_ bytes: [UInt8], _ text: String)
    {
        #expect(DecimalNumber.text(bigEndian: bytes) == text)
    }
}
