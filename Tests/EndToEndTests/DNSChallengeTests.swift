import Foundation
import TestKit
import Testing

/// dns-01 with the real program, a real ACME server and a real name server, which both of them ask.
@Suite(
    "dns-01 end to end, with Pebble and BIND: RFC 8555 §8.4, RFC 2136, RFC 8945",
    .enabled(if: Pebble.isInstalled, "pebble is not installed"), .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"),
    .enabled(if: DNSBind.isDigInstalled, "dig is not installed"), .serialized)
struct DNSChallengeTests {
    let site: Site
    let key = DNSBind.Key(name: "certctl", algorithm: "hmac-sha256")

    init() throws { site = try Site() }

    private func pebble(asking bind: DNSBind) async throws -> Pebble {
        var settings = Pebble.Settings()
        settings.dnsServer = "127.0.0.1:\(bind.port)"
        // Nobody listens there: what is proved is proved in the DNS.
        return try await Pebble(httpPort: 1, settings: settings)
    }

    private func write(_ hosts: [String], _ pebble: Pebble, _ bind: DNSBind) throws {
        let solvers = """
            [{dns01: {rfc2136: {nameserver: "127.0.0.1:\(bind.port)", tsigKeyName: \(key.name), tsigAlgorithm: HMACSHA256,
                tsigSecretSecretRef: {name: tsig, key: secret}}}}]
            """
        let secret = """
            apiVersion: v1
            kind: Secret
            metadata: {name: tsig, namespace: certctl-system}
            stringData: {secret: "\(key.secret)"}
            """
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass, secret,
                Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle, solvers: solvers)), to: "base.yaml")
        try site.write(Text.ingress("shop", hosts: hosts, secret: "shop-tls", issuer: "pebble"), to: "shop.yaml")
    }

    /// The port of the zone's own servers is always 53, so only the name servers given here are asked.
    private func serve(asking bind: DNSBind) throws -> Server {
        try site.serve(["--nameserver", "127.0.0.1:\(bind.port)", "--dns01-recursive-only"])
    }

    private func challenges(_ bind: DNSBind) async throws -> [String] {
        try await bind.records().filter { $0.contains("_acme-challenge") }
    }

    @Test func `a wildcard and its apex are proved in one order, by two values of one record set, and nothing is left`() async throws {
        let bind = try await DNSBind(records: ["@ IN TXT \"stays\""], keys: [key])
        let pebble = try await pebble(asking: bind)
        try write(["*.example.test", "example.test"], pebble, bind)
        let server = try serve(asking: bind)
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        #expect(pebble.orderCount == 1 && pebble.issuedSerials.count == 1)
        #expect(try await eventually { try await challenges(bind).isEmpty }, "\(server.process.output)")
        #expect(try await bind.records().contains { $0.contains("\"stays\"") })
        #expect(await eventually { site.storedSecrets() == ["shop-tls.yaml"] }, "\(site.storedSecrets())")

        // BIND says what it does, in order.
        let changes = bind.output.split(separator: "\n").compactMap { line -> String? in
            guard line.contains("_acme-challenge.example.test") else { return nil }
            return line.contains("adding an RR") ? "add" : line.contains("deleting an RR") ? "delete" : nil
        }
        #expect(changes == ["add", "add", "delete", "delete"], "\(bind.output)")
        #expect(bind.output.contains("/key \(key.name): updating zone"))

        let ports = try await server.ports()
        try site.folder.write(String(decoding: try await pebble.rootPEM(), as: UTF8.self), to: "root.pem")
        for name in ["example.test", "any.example.test"] {
            let inspection = try await site.certctl(
                "inspect", "127.0.0.1:\(ports.https)", "--server-name", name, "--ca-file", site.folder.path + "/root.pem")
            #expect(inspection.status == 0 && inspection.output.contains("it holds"), "\(inspection.output)")
        }
    }

    @Test(arguments: [true, false])
    func `killed with a record in the DNS, the next process removes it, also when nobody wants the certificate`(
        isStillWanted: Bool
    ) async throws {
        let bind = try await DNSBind(keys: [key])
        // A second server of the zone that gets no update: as long as it is asked, the record is not everywhere.
        let behind = try await DNSBind(keys: [])
        let pebble = try await pebble(asking: bind)
        try write(["*.example.test"], pebble, bind)
        let first = try serve(asking: behind)
        #expect(try await eventually(within: .seconds(60)) { try await challenges(bind).count == 1 }, "\(first.process.output)")
        first.process.send(signal: SIGKILL)
        #expect(await first.process.end(within: .seconds(10)) == .signalled(SIGKILL))
        #expect(try await challenges(bind).count == 1)
        #expect(pebble.issuedSerials.isEmpty)

        if !isStillWanted { try FileManager.default.removeItem(atPath: site.manifests + "/shop.yaml") }
        let second = try serve(asking: bind)
        if isStillWanted {
            #expect(try await site.waitForStates(["valid"], count: 1, of: second), "\(second.process.output)")
            // The same order goes on.
            #expect(pebble.orderCount == 1 && pebble.issuedSerials.count == 1 && pebble.accountCount == 1)
        }
        #expect(try await eventually(within: .seconds(60)) { try await challenges(bind).isEmpty }, "\(second.process.output)")
    }
}
