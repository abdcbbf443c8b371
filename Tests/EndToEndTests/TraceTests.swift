import Foundation
import TestKit
import Testing

@Suite("End to end: traces and levels of the log", .enabled(if: Pebble.isInstalled, "pebble is not installed"), .serialized)
struct TraceTests {
    let site: Site
    let backend: Backend

    init() async throws {
        site = try Site()
        backend = try await Backend(name: "echo", in: site.folder)
    }

    private struct Request: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Status: Decodable { let message: String? }
        struct Span: Decodable {
            let traceId, spanId, name: String
            let parentSpanId: String?
            let kind: Int
            let status: Status?
        }
        let resourceSpans: [Resource]
    }

    private func spans(_ collector: FakeProvider) -> [Request.Span] {
        collector.requests.compactMap { try? JSONDecoder().decode(Request.self, from: Data($0.body)) }
            .flatMap { $0.resourceSpans.flatMap { $0.scopeSpans.flatMap(\.spans) } }
    }

    @Test func `a request's trace goes through the proxy to the backend and to the collector, and an issuance has one of its own`()
        async throws
    {
        let http = try FreePort.one()
        let pebble = try await Pebble(httpPort: http)
        let collector = try FakeProvider { _ in .json("{}") }
        try site.write(
            Text.documents(
                Text.ingressClass,
                Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: Data(pebble.tlsRootPEM).base64EncodedString()),
                Text.service("echo", port: backend.port),
                Text.ingress("shop", hosts: ["shop.example.test"], secret: "shop-tls", issuer: "pebble"),
                Text.ingress("lost", hosts: ["www.\(Pebble.refusedDomain)"], secret: "lost-tls", issuer: "pebble")), to: "all.yaml")
        let server = try site.serve(http: http, ["--otlp-endpoint", collector.url, "--trace-sampling", "0"])
        #expect(
            await eventually(within: .seconds(60)) {
                guard let report = try? await site.status(server).report else { return false }
                return report.certificates.contains { $0.state == "valid" } && report.certificates.contains { $0.lastError != nil }
            }, "\(server.process.output)")
        let ports = try await server.ports()
        let trace = "0af7651916cd43dd8448eb211c80319c"
        var seen: [String] = []
        for flags in ["01", "00"] {
            let answer = try await site.curl(
                "https://shop.example.test/", port: ports.https, "-k", "-H", "traceparent: 00-\(trace)-b7ad6b7169203331-\(flags)")
            let echo = try JSONDecoder().decode(Backend.Echo.self, from: Data(answer.output.utf8))
            seen.append(try #require(echo.headers["traceparent"]))
        }
        #expect(seen[1] == "00-\(trace)-b7ad6b7169203331-00")
        #expect(seen[0].hasPrefix("00-\(trace)-") && seen[0].hasSuffix("-01") && !seen[0].contains("b7ad6b7169203331"))

        // The end of the program sends what waits.
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
        let all = spans(collector)
        let requests = all.filter { $0.traceId == trace }
        #expect(requests.map(\.kind).sorted() == [2, 3])
        #expect(requests.first { $0.kind == 2 }?.parentSpanId == "b7ad6b7169203331")
        #expect(seen[0] == "00-\(trace)-\(requests.first { $0.kind == 3 }?.spanId ?? "")-01")

        let roots = all.filter { $0.name == "issue certificate" }
        let good = try #require(roots.first { $0.status == nil })
        let names = all.filter { $0.traceId == good.traceId }.map(\.name)
        #expect(Set(names).isSuperset(of: ["order", "authorization", "finalize", "download"]), "\(names)")
        // In the CA's words.
        let bad = try #require(roots.first { $0.status != nil })
        #expect(bad.status?.message?.contains("rejectedIdentifier") == true || bad.status?.message?.contains("policy") == true, "\(bad)")
        let order = try #require(all.first { $0.traceId == bad.traceId && $0.name == "order" })
        #expect(order.status?.message?.isEmpty == false && order.parentSpanId == bad.spanId)
    }

    @Test func `levels are shown and changed while the server runs`() async throws {
        try site.write(Text.documents(Text.ingressClass), to: "all.yaml")
        let server = try site.serve(["--log-level", "info,proxy=warning"])
        _ = try await server.ports()
        let admin = try #require(server.admin)
        let shown = try await site.certctl("log-level", "--server", "http://\(admin)", "-o", "json")
        #expect(shown.status == 0 && shown.output.contains("\"proxy\""), "\(shown.output)")
        let changed = try await site.certctl("log-level", "acme=debug", "proxy=default", "--server", "http://\(admin)")
        #expect(changed.status == 0, "\(changed.output)")
        let lines = changed.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["acme", "debug", "itself"]) && lines.contains(["proxy", "info", "default"]), "\(changed.output)")
        #expect(await eventually { server.process.output.contains("log levels were changed") })
        let wrong = try await site.certctl("log-level", "nobody=debug", "--server", "http://\(admin)")
        #expect(wrong.status == 2 && wrong.output.contains("no subsystem"), "\(wrong.output)")
        // As every other operation: not without the header, and not from a page in a browser.
        let bare = try await ChildProcess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-d", "{\"levels\":\"trace\"}", "http://\(admin)/api/v1/log-levels"],
            in: site.folder)
        #expect(bare.output == "401" || bare.output == "403", "\(bare.output)")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
    }
}
