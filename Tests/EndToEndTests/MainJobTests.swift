import Foundation
import TestKit
import Testing

/// The main job with the real program and a real ACME server.
@Suite("End to end, with Pebble", .enabled(if: Pebble.isInstalled, "pebble is not installed"), .serialized)
struct MainJobTests {
    let site: Site
    let backend: Backend

    init() async throws {
        site = try Site()
        backend = try await Backend(name: "echo", in: site.folder)
    }

    /// Writes issuer, class, Service and these Ingresses (name to hosts).
    private func write(_ ingresses: [String: [String]], _ pebble: Pebble) throws {
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass, Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle),
                Text.service("echo", port: backend.port)), to: "base.yaml")
        for (name, hosts) in ingresses {
            try site.write(Text.ingress(name, hosts: hosts, secret: name + "-tls", issuer: "pebble"), to: "ingresses/\(name).yaml")
        }
    }

    @Test func `manifests go in, certificates come from the CA, HTTPS comes out, and status shows it`() async throws {
        let http = try FreePort.one()
        let pebble = try await Pebble(httpPort: http)
        try write(["shop": ["shop.example.test"], "api": ["api.example.test", "v2.api.example.test"]], pebble)
        let server = try site.serve(http: http)
        #expect(try await site.waitForStates(["valid"], count: 2, of: server), "\(server.process.output)")
        let ports = try await server.ports()
        try site.folder.write(String(decoding: try await pebble.rootPEM(), as: UTF8.self), to: "root.pem")
        for host in ["shop.example.test", "api.example.test", "v2.api.example.test"] {
            let answer = try await site.curl("https://\(host)/a%20b?x=1", port: ports.https, "--cacert", site.folder.path + "/root.pem")
            #expect(answer.status == 0, "\(answer.output)")
            let seen = try JSONDecoder().decode(Backend.Echo.self, from: Data(answer.output.utf8))
            #expect(seen.target == "/a%20b?x=1" && seen.headers["Host"] == host && seen.headers["X-Forwarded-Proto"] == "https")
        }
        let redirect = try await site.curl(
            "http://shop.example.test/x?y=1", port: ports.http, "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")
        #expect(redirect.output == "308 https://shop.example.test:\(ports.https)/x?y=1")
        let status = try await site.status(server)
        #expect(status.status == 0 && status.report.isRunning)
        #expect(status.report.certificates.map(\.hosts) == [["api.example.test", "v2.api.example.test"], ["shop.example.test"]])
        #expect(pebble.accountCount == 1)

        let inspection = try await site.certctl(
            "inspect", "127.0.0.1:\(ports.https)", "--server-name", "shop.example.test", "--ca-file", site.folder.path + "/root.pem")
        #expect(inspection.status == 0 && inspection.output.contains("it holds"), "\(inspection.output)")
        let wrongName = try await site.certctl(
            "inspect", "127.0.0.1:\(ports.https)", "--server-name", "other.example.test", "--ca-file", site.folder.path + "/root.pem")
        #expect(wrongName.status == 1 && wrongName.output.contains("other.example.test is not covered"), "\(wrongName.output)")

        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
        let offline = try await site.status()
        #expect(offline.status == 0 && !offline.report.isRunning)
        #expect(offline.report.certificates.map(\.serialNumber) == status.report.certificates.map(\.serialNumber))
    }

    @Test func `a restart orders nothing again, and a name that is added or removed does`() async throws {
        let http = try FreePort.one()
        let pebble = try await Pebble(httpPort: http)
        try write(["shop": ["shop.example.test"]], pebble)
        var server = try site.serve(http: http)
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        let first = try await site.status(server).report.certificates[0].serialNumber
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0))

        server = try site.serve(http: http)
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        #expect(try await site.status(server).report.certificates[0].serialNumber == first)
        #expect(pebble.issuedSerials.count == 1 && pebble.accountCount == 1)

        for hosts in [["shop.example.test", "www.shop.example.test"], ["www.shop.example.test"]] {
            try write(["shop": hosts], pebble)
            let isServed = try await eventually(within: .seconds(30)) {
                let certificate = try await site.status(server).report.certificates[0]
                return certificate.hosts == hosts && certificate.state == "valid"
            }
            #expect(isServed, "\(server.process.output)")
        }
        #expect(pebble.issuedSerials.count == 3 && pebble.accountCount == 1)
    }

    @Test func `killed again and again while orders are in flight, it loses no key and makes no second account`() async throws {
        let http = try FreePort.one()
        let pebble = try await Pebble(httpPort: http)
        try write(["a": ["a.example.test"], "b": ["b.example.test"], "c": ["c.example.test"]], pebble)
        var seen: Set<String> = []
        for round in 0..<8 {
            let server = try site.serve(http: http)
            try await Task.sleep(for: .milliseconds(40 + round * 90))  // the moment of the kill is what is being varied
            server.process.send(signal: SIGKILL)
            #expect(await server.process.end(within: .seconds(10)) == .signalled(SIGKILL))
            seen.formUnion(try await site.status().report.certificates.compactMap(\.serialNumber))
        }
        let server = try site.serve(http: http)
        #expect(try await site.waitForStates(["valid"], count: 3, of: server), "\(server.process.output)")
        seen.formUnion(try await site.status(server).report.certificates.compactMap(\.serialNumber))
        let serials = Set(seen.map { String($0.drop { $0 == "0" }) })
        #expect(pebble.issuedSerials.isSubset(of: serials), "issued \(pebble.issuedSerials), stored \(serials)")
        #expect(pebble.accountCount == 1)
    }

    @Test func `an order that the CA refuses backs off, in the CA's words, while others go on`() async throws {
        let http = try FreePort.one()
        let pebble = try await Pebble(httpPort: http)
        // Pebble refuses names below its blocked domain with a rejectedIdentifier problem.
        try write(["good": ["good.example.test"], "bad": ["shop.\(Pebble.refusedDomain)"]], pebble)
        let server = try site.serve(http: http)
        let hasBoth = try await eventually(within: .seconds(30)) {
            guard server.admin != nil else { return false }
            let certificates = try await site.status(server).report.certificates
            return certificates.map(\.state) == ["failing", "valid"]
        }
        #expect(hasBoth, "\(server.process.output)")
        let status = try await site.status(server)
        #expect(status.status == 3)
        let bad = try #require(status.report.certificates.first)
        #expect(bad.failures == 1)
        #expect(bad.lastError?.contains(Pebble.refusedDomain) == true, "\(String(describing: bad.lastError))")
    }
}
