import Foundation
import TestKit
import Testing

/// Programs of Debian's package prometheus.
private enum Prometheus {
    static let isInstalled = path("prometheus") != nil && path("promtool") != nil

    static func path(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

@Suite("End to end: metrics", .serialized) struct MetricsTests {
    let site: Site

    init() throws { site = try Site() }

    /// A host with a certificate, and some requests.
    private func served() async throws -> (server: Server, admin: String) {
        let backend = try await Backend(name: "echo", in: site.folder)
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("self"), Text.service("echo", port: backend.port),
                Text.ingress("own", hosts: ["own.localhost"], secret: "own-tls", issuer: "self"),
                Text.ingress("plain", hosts: ["plain.localhost"], secret: "none", issuer: nil)), to: "all.yaml")
        let server = try site.serve()
        let ports = try await server.ports()
        let admin = try #require(server.admin)
        #expect(
            try await eventually(within: .seconds(30)) {
                try await site.status(server).report.certificates.contains { $0.secretName == "own-tls" && $0.state == "valid" }
            })
        for path in ["/", "/a?secret=1", "/b"] { _ = try await site.curl("http://plain.localhost" + path, port: ports.http) }
        _ = try await site.curl("https://own.localhost/", port: ports.https, "-k")
        _ = try await site.curl("http://unknown.localhost/", port: ports.http)
        return (server, admin)
    }

    private func page(_ admin: String, _ more: String...) async throws -> (head: String, lines: [Substring]) {
        let answer = try await ChildProcess.run(
            ["curl", "-sS", "-i", "--max-time", "20", "--noproxy", "*"] + more + ["http://\(admin)/metrics"], in: site.folder)
        #expect(answer.status == 0, "\(answer.output)")
        let text = answer.output.replacing("\r\n", with: "\n")
        let end = try #require(text.range(of: "\n\n"), "\(text.prefix(1000))")
        return (String(text[..<end.lowerBound]), text[end.upperBound...].split(separator: "\n"))
    }

    /// The value of the only series whose line begins with a name and has all of these labels.
    private func value(_ name: String, _ labels: String..., in lines: [Substring]) -> String? {
        let found = lines.filter { line in
            (line.hasPrefix(name + "{") || line.hasPrefix(name + " ")) && labels.allSatisfy { line.contains($0) }
        }
        return found.count == 1 ? found[0].split(separator: " ").last.map(String.init) : nil
    }

    @Test func `the page is in Prometheus' form, or in OpenMetrics where Accept asks for it`() async throws {
        let (server, admin) = try await served()
        let plain = try await page(admin)
        #expect(plain.head.contains("200 OK") && plain.head.contains("text/plain; version=0.0.4; charset=utf-8"), "\(plain.head)")
        #expect(!plain.lines.contains("# EOF"))
        let open = try await page(
            admin, "-H",
            "Accept: application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,*/*;q=0.1")
        #expect(open.head.contains("application/openmetrics-text; version=1.0.0; charset=utf-8"), "\(open.head)")
        #expect(open.lines.last == "# EOF" && open.lines.count { $0 == "# EOF" } == 1)
        #expect(open.lines.contains("# TYPE certctl_tls_handshakes counter"))
        #expect(plain.lines.contains("# TYPE certctl_tls_handshakes_total counter"))
        for lines in [plain.lines, open.lines] {
            #expect(value("certmanager_certificate_ready_status", "name=\"own-tls\"", "condition=\"True\"", in: lines) == "1")
            #expect(value("certctl_ready", in: lines) == "1")
        }
        #expect(server.process.isRunning, "it ends with its owner")
    }

    @Test func `requests are counted under their rule, and what an Ingress takes away is gone`() async throws {
        let (server, admin) = try await served()
        let isCounted = try await eventually {
            let lines = try await page(admin).lines
            return value("nginx_ingress_controller_requests", "host=\"plain.localhost\"", "status=\"200\"", in: lines) == "3"
                && value("nginx_ingress_controller_requests", "host=\"own.localhost\"", "path=\"/\"", in: lines) == "1"
                && value("nginx_ingress_controller_requests", "host=\"_\"", "status=\"404\"", in: lines) == "1"
        }
        let lines = try await page(admin).lines
        #expect(isCounted, "\(lines.filter { $0.hasPrefix("nginx_ingress_controller_requests") })")
        #expect(
            value(
                "nginx_ingress_controller_request_duration_seconds_bucket", "ingress=\"plain\"", "service=\"echo\"", "le=\"+Inf\"",
                in: lines) == "3")
        #expect(
            value("nginx_ingress_controller_ssl_certificate_info", "host=\"own.localhost\"", "public_key_algorithm=\"ECDSA\"", in: lines)
                == "1")
        #expect(value("nginx_ingress_controller_config_last_reload_successful", in: lines) == "1")
        #expect(value("certctl_metrics_series_omitted", in: lines) == "0")
        #expect(!lines.contains { $0.contains("secret=1") }, "a query is nobody's business")

        try site.write(Text.documents(Text.ingressClass), to: "all.yaml")
        let isGone = try await eventually {
            try await !page(admin).lines.contains { $0.contains("plain.localhost") || $0.contains("own.localhost") }
        }
        let left = try await page(admin).lines.filter { $0.contains("localhost") }
        #expect(isGone, "\(left)")
        #expect(server.process.isRunning)
    }

    @Test func `a page has no more series than the flag allows, and says how many it lacks`() async throws {
        let hosts = (0..<1200).map { "h\($0).localhost" }
        try site.write(
            Text.documents(
                Text.ingressClass,
                hosts.enumerated().map { Text.ingress("i\($0.offset)", hosts: [$0.element], secret: "t\($0.offset)", issuer: nil) }
                    .joined(separator: "\n---\n")), to: "all.yaml")
        let server = try site.serve(["--metrics-series-max", "1000"])
        _ = try await server.ports()
        let admin = try #require(server.admin)
        let lines = try await page(admin).lines
        let series = lines.count { !$0.hasPrefix("#") }
        #expect(series <= 1003)
        #expect(value("certctl_metrics_series", in: lines) == "\(series - 3)")
        #expect(value("certctl_metrics_series_max", in: lines) == "1000")
        #expect((value("certctl_metrics_series_omitted", in: lines).flatMap { Int($0) } ?? 0) > 0)
        #expect(value("certctl_ready", in: lines) == "1", "what matters most comes first")
        #expect(server.process.isRunning, "it ends with its owner")
    }

    @Test(.enabled(if: Prometheus.isInstalled, "promtool is not installed (Debian: prometheus)"))
    func `promtool has nothing against the page, and the dashboard and the rules name what is on it`() async throws {
        let (server, admin) = try await served()
        let check = try await ChildProcess.run([Site.root + "/deploy/monitoring/check", admin], in: site.folder)
        #expect(check.status == 0, "\(check.output)")
        #expect(check.output.contains("promtool check metrics: ok") && check.output.contains("all on the page"), "\(check.output)")
        #expect(server.process.isRunning, "it ends with its owner")
    }

    @Test(.enabled(if: Prometheus.isInstalled, "prometheus is not installed (Debian: prometheus)"))
    func `a real Prometheus takes the page`() async throws {
        let (server, admin) = try await served()
        try site.folder.write(
            """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [\(Site.root)/deploy/monitoring/alerts.yaml]
            scrape_configs: [{job_name: certctl, static_configs: [{targets: ['\(admin)']}]}]
            """, to: "prometheus.yml")
        let port = try FreePort.one()
        let data = site.folder.path + "/data"
        let prometheus = try ChildProcess(
            [
                try #require(Prometheus.path("prometheus")), "--config.file=\(site.folder.path)/prometheus.yml",
                "--storage.tsdb.path=\(data)",
                "--web.listen-address=127.0.0.1:\(port)",
            ], log: site.folder.path + "/prometheus.log")
        func ask(_ question: String) async throws -> String {
            try await ChildProcess.run(
                [
                    "curl", "-sS", "--max-time", "5", "--noproxy", "*", "-G", "http://127.0.0.1:\(port)/api/v1/query", "--data-urlencode",
                    "query=" + question,
                ],
                in: site.folder
            ).output
        }
        let isUp = try await eventually(within: .seconds(60)) { try await ask("up{job=\"certctl\"}").contains("\"1\"]") }
        #expect(isUp, "\(prometheus.output.suffix(2000))")
        let series = "count({__name__=~\"certctl_.+|certmanager_.+|nginx_ingress_controller_.+|process_.+\"})"
        #expect(try await !ask(series).contains("\"result\":[]"))
        #expect(try await ask("certmanager_certificate_ready_status{name=\"own-tls\",condition=\"True\"}").contains("\"1\"]"))
        // What it took in is what was written: nothing was dropped for a wrong or a second sample.
        let difference = try await ask("scrape_samples_scraped - certctl_metrics_series - 3")
        #expect(difference.contains("\"0\"]"), "\(difference)")
        #expect(!prometheus.output.contains("Error on ingesting"), "\(prometheus.output)")
        let isComputed = try await eventually(within: .seconds(90)) {
            try await ask("certctl:certificate_lifetime_left:ratio{name=\"own-tls\"}").contains("\"value\"")
        }
        #expect(isComputed, "\(prometheus.output.suffix(2000))")
        #expect(server.process.isRunning, "it ends with its owner")
    }
}
