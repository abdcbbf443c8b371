import Foundation
import TestKit
import Testing

/// tls-alpn-01 with the real program and a real ACME server, which finds nobody where it would ask for http-01.
@Suite("tls-alpn-01 end to end, with Pebble: RFC 8737", .enabled(if: Pebble.isInstalled, "pebble is not installed"), .serialized)
struct TLSChallengeTests {
    let site: Site

    init() throws { site = try Site() }

    /// - Returns: the server, once it has its certificate, and the CA.
    private func issue(solvers: String) async throws -> (server: Server, pebble: Pebble) {
        let https = try FreePort.one()
        var settings = Pebble.Settings()
        settings.tlsPort = https
        let pebble = try await Pebble(httpPort: 1, settings: settings)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass, Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle, solvers: solvers),
                Text.ingress("shop", hosts: ["shop.example.test", "www.shop.example.test"], secret: "shop-tls", issuer: "pebble")),
            to: "all.yaml")
        let server = try site.serve(https: https)
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        #expect(pebble.issuedSerials.count == 1 && pebble.accountCount == 1)
        // No challenge stays behind, and the listener serves the certificate.
        #expect(await eventually { site.storedSecrets() == ["shop-tls.yaml"] }, "\(site.storedSecrets())")
        try site.folder.write(String(decoding: try await pebble.rootPEM(), as: UTF8.self), to: "root.pem")
        let inspection = try await site.certctl(
            "inspect", "127.0.0.1:\(https)", "--server-name", "shop.example.test", "--ca-file", site.folder.path + "/root.pem")
        #expect(inspection.status == 0 && inspection.output.contains("it holds"), "\(inspection.output)")
        return (server, pebble)
    }

    @Test func `a solver for it gets a certificate in one order over the HTTPS port`() async throws {
        let (server, pebble) = try await issue(solvers: "[{tlsALPN01: {}}]")
        #expect(pebble.orderCount == 1, "\(server.process.output)")
    }

    @Test func `without solvers it is taken when the CA does not get through to port 80`() async throws {
        let (server, pebble) = try await issue(solvers: "[]")
        // A failed authorization ends its order.
        #expect(pebble.orderCount > 1, "\(server.process.output)")
        #expect(try await site.status(server).report.certificates.map(\.failures) == [0])
    }

    @Test func `without a server renew refuses at once unless it listens for TLS, and then answers`() async throws {
        let https = try FreePort.one()
        var settings = Pebble.Settings()
        settings.tlsPort = https
        let pebble = try await Pebble(httpPort: 1, settings: settings)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass,
                Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle, solvers: "[{tlsALPN01: {}}]"),
                Text.ingress("shop", hosts: ["shop.example.test"], secret: "shop-tls", issuer: "pebble")), to: "all.yaml")
        let renew = ["renew", "web/shop-tls", "--state", site.state, "--manifests", site.manifests, "--http", "127.0.0.1:0"]
        let refused = try await ChildProcess.run([Site.program] + renew, in: site.folder)
        #expect(refused.status == 1 && refused.output.contains("--https"), "\(refused.output)")
        #expect(pebble.accountCount == 0)
        let done = try await ChildProcess.run([Site.program] + renew + ["--https", "127.0.0.1:\(https)"], in: site.folder)
        #expect(done.status == 0 && done.output.contains("issued"), "\(done.output)")
        #expect(pebble.issuedSerials.count == 1)
    }

    @Test(.enabled(if: geteuid() == 0, "only root may listen at port 443"))
    func `with --self-check public the CA is told only once port 443 of the address answers, RFC 8738 §6`() async throws {
        // An address of this machine's own at which nobody else uses port 443.
        let address = "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let way = try await NetworkRelay(port: 443, at: address)
        let https = try FreePort.one()
        var settings = Pebble.Settings()
        settings.tlsPort = 443
        let pebble = try await Pebble(httpPort: 1, settings: settings)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        let certificate = """
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: address, namespace: web}
            spec: {secretName: address-tls, ipAddresses: ["\(address)"], issuerRef: {name: pebble, kind: ClusterIssuer}}
            """
        try site.write(
            Text.documents(
                Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle, solvers: "[{tlsALPN01: {}}]"), certificate),
            to: "all.yaml")
        // Our own listener answers at once, the public way does not yet.
        let server = try site.serve(https: https, ["--certificates", "--self-check", "public"])
        #expect(await eventually(within: .seconds(30)) { pebble.orderCount == 1 }, "\(server.process.output)")
        #expect(await eventually(within: .seconds(30)) { way.hasHadVisitors }, "\(server.process.output)")
        try way.lead(to: [https])
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        #expect(pebble.orderCount == 1 && pebble.issuedSerials.count == 1)
        #expect(try await site.status(server).report.certificates.map(\.failures) == [0])
    }
}
