import Foundation
import TestKit
import Testing

/// What an operator asks for, with the real program and a real ACME server.
@Suite("End to end, operations with Pebble", .enabled(if: Pebble.isInstalled, "pebble is not installed"), .serialized)
struct OperationsTests {
    let site: Site
    let http: Int
    let pebble: Pebble

    init() async throws {
        site = try Site()
        http = try FreePort.one()
        pebble = try await Pebble(httpPort: http)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass, Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle),
                Text.service("echo", port: 9),
                Text.ingress("shop", hosts: ["shop.example.test"], secret: "shop-tls", issuer: "pebble")), to: "all.yaml")
    }

    /// A server with its one certificate.
    private func serve() async throws -> Server {
        let server = try site.serve(http: http)
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        return server
    }

    private func stop(_ server: Server) async {
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
    }

    private func serial(_ server: Server? = nil) async throws -> String? {
        try await site.status(server).report.certificates.first?.serialNumber
    }

    private struct Renewals: Decodable {
        struct Item: Decodable {
            let secret, outcome: String
            let message, serialNumber: String?
        }
        let items: [Item]
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ answer: (status: Int32, output: String)) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(answer.output.utf8)) } catch {
            Issue.record("not the JSON that was expected: \(answer.output)")
            throw error
        }
    }

    @Test func `renew asks the running server and waits for the new certificate`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let before = try await serial(server)
        let answer = try await site.certctl(
            "renew", "web/shop-tls", "web/none", "--wait", "-o", "json", "--server", "http://\(admin)")
        #expect(answer.status == 1, "one of the two is not there")
        let items = try decoded(Renewals.self, answer).items
        #expect(items.map(\.outcome) == ["issued", "refused"] && items.map(\.secret) == ["web/shop-tls", "web/none"])
        #expect(items.last?.message?.contains("Secret web/none") == true)
        let after = try await serial(server)
        #expect(after != before && after == items.first?.serialNumber)
        let nothing = try await site.certctl("renew", "--all-due", "--wait", "--state", site.state)
        #expect(nothing.status == 0, "\(nothing.output)")
        #expect(pebble.issuedSerials.count == 2 && pebble.accountCount == 1)
    }

    @Test func `without a server renew does it itself, under the lock of the folder`() async throws {
        let server = try await serve()
        let before = try await serial(server)
        await stop(server)
        let answer = try await site.certctl(
            "renew", "web/shop-tls", "--state", site.state, "--http", "127.0.0.1:\(http)", "-o", "json")
        #expect(answer.status == 0, "\(answer.output)")
        #expect(try decoded(Renewals.self, answer).items.map(\.outcome) == ["issued"])
        let after = try await serial()
        #expect(after != nil && after != before)
    }

    @Test func `a request that a browser could send changes nothing`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let before = try await serial(server)
        let port = try #require(admin.split(separator: ":").last.flatMap { Int($0) })
        for more in [["-H", "Content-Type: text/plain"], ["-H", "X-Certctl-Request: 1", "-H", "Origin: http://localhost"]] {
            let answer = try await ChildProcess.run(
                [
                    "curl", "-sS", "--noproxy", "*", "-w", "%{http_code}", "-o", "/dev/null", "-d", #"{"secrets": ["web/shop-tls"]}"#,
                ] + more + ["http://127.0.0.1:\(port)/api/v1/renew"], in: site.folder)
            #expect(answer.output == "403")
        }
        #expect(try await serial(server) == before)
        #expect(pebble.issuedSerials.count == 1)
    }
}
