import Foundation
import TestKit
import Testing

/// dns-persist-01 with the real program, a CA that asks for it, and a real name server.
@Suite(
    "dns-persist-01 end to end, with a newer Pebble and BIND",
    .enabled(if: Pebble.isNewer, "PEBBLE in the environment names no pebble from 2026, and Debian's has no dns-persist-01"),
    .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"), .enabled(if: DNSBind.isDigInstalled, "dig is not installed"))
struct StandingProofTests {
    private struct Accounts: Decodable {
        struct Account: Decodable {
            struct Record: Decodable { let name, value: String }
            let state: String
            let persistentRecords: [Record]
        }
        let accounts: [Account]
    }

    private struct Check: Decodable {
        struct Finding: Decodable { let host, check, status, message: String }
        let findings: [Finding]
    }

    @Test func `without the record nothing is ordered and the record is told; with it a wildcard and its apex are issued, and again`()
        async throws
    {
        let site = try Site()
        let key = DNSBind.Key(name: "operator", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [key])
        var settings = Pebble.Settings()
        settings.dnsServer = "127.0.0.1:\(bind.port)"
        settings.authorizationReusePercent = 0
        let pebble = try await Pebble(httpPort: 1, settings: settings)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.ingressClass,
                Text.acmeIssuer("pebble", directory: pebble.directoryURL, caBundle: bundle, solvers: "[{dnsPersist01: {}}]"),
                Text.service("echo", port: 9),
                Text.ingress("shop", hosts: ["*.example.test", "example.test"], secret: "shop-tls", issuer: "pebble")), to: "all.yaml")
        let server = try site.serve(["--nameserver", "127.0.0.1:\(bind.port)"])
        #expect(try await site.waitForStates(["failing"], count: 1, of: server), "\(server.process.output)")
        let told = try #require(try await site.status(server).report.certificates.first?.lastError)
        #expect(told.contains("create this record: _validation-persist.example.test. IN TXT"), "\(told)")
        #expect(pebble.orderCount == 0 && pebble.accountCount == 1)

        let admin = "http://\(try #require(server.admin))"
        let before = try await check(site, admin, bind)
        #expect(before.allSatisfy { $0.status == "bad" && $0.message.contains("_validation-persist") }, "\(before)")

        let shown = try await site.certctl("account", "show", "-o", "json", "--server", admin)
        let record = try #require(
            try JSONDecoder().decode(Accounts.self, from: Data(shown.output.utf8)).accounts.first?.persistentRecords.first)
        #expect(record.name == "_validation-persist.example.test" && record.value.contains("policy=wildcard"), "\(record)")
        #expect(told.contains(record.value), "\(told)")
        try await add(record.name, record.value, to: bind, key, site)

        #expect(try await check(site, admin, bind).allSatisfy { $0.status == "good" })
        for round in 1...2 {
            let renewed = try await site.certctl("renew", "web/shop-tls", "--wait", "-o", "json", "--server", admin)
            #expect(renewed.status == 0 && renewed.output.contains("issued"), "\(renewed.output) \(server.process.output)")
            #expect(pebble.orderCount == round && pebble.issuedSerials.count == round)
        }
        #expect(try await bind.records().filter { $0.contains("_acme-challenge") }.isEmpty)
    }

    private func check(_ site: Site, _ admin: String, _ bind: DNSBind) async throws -> [Check.Finding] {
        let answer = try await site.certctl(
            "check", "web/shop", "-o", "json", "--server", admin, "--nameserver", "127.0.0.1:\(bind.port)")
        let findings = try JSONDecoder().decode(Check.self, from: Data(answer.output.utf8)).findings.filter { $0.check == "solver" }
        #expect(findings.count == 2, "\(answer.output)")
        return findings
    }

    /// As an operator writes it.
    private func add(_ name: String, _ value: String, to bind: DNSBind, _ key: DNSBind.Key, _ site: Site) async throws {
        try site.folder.write(
            """
            server 127.0.0.1 \(bind.port)
            zone example.test.
            update add \(name). 60 IN TXT "\(value)"
            send
            """ + "\n", to: "update.txt")
        let done = try await ChildProcess.run(
            ["nsupdate", "-y", "\(key.algorithm):\(key.name):\(key.secret)", site.folder.path + "/update.txt"], in: site.folder)
        #expect(done.status == 0, "\(done.output)")
    }
}
