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

    @Test func `without a server the policies of the last one hold`() async throws {
        try site.folder.write(
            """
            apiVersion: certctl.dev/v1alpha1
            kind: IssuancePolicy
            metadata: {name: nobody}
            spec: {default: deny}
            """, to: "policies/nobody.yaml")
        let server = try await serve()
        let before = try await serial(server)
        await stop(server)
        let strict = try site.serve(http: http, ["--policies", site.folder.path + "/policies"])
        _ = try await strict.ports()
        await stop(strict)
        let refused = try await site.certctl("renew", "web/shop-tls", "--state", site.state, "--http", "127.0.0.1:\(http)")
        #expect(refused.status == 1 && refused.output.contains("polic"), "\(refused.output)")
        #expect(try await serial() == before && pebble.issuedSerials.count == 1)
    }

    @Test func `a request on the Secret itself is honoured once`() async throws {
        let server = try await serve()
        let before = try await serial(server)
        let path = site.state + "/secrets/web/shop-tls.yaml"
        let asked = Date().addingTimeInterval(1).formatted(.iso8601)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacingOccurrences(of: "annotations:\n", with: "annotations:\n    certctl.dev/renew: \"\(asked)\"\n")
        #expect(changed != text)
        try changed.write(toFile: path, atomically: true, encoding: .utf8)
        let isRenewed = try await eventually(within: .seconds(30)) { try await serial(server) != before }
        #expect(isRenewed, "\(server.process.output)")
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("certctl.dev/renewed"))
        await stop(server)
        let again = try await serve()
        #expect(try await serial(again) != before)
        #expect(pebble.issuedSerials.count == 2, "the answered request is not answered again")
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

    private struct Revocation: Decodable {
        let serialNumber: String
        let signedBy: String?
        let wasRevokedBefore: Bool
        let replacement: Renewals.Item?
    }

    @Test func `revoke tells the CA as the account, and the certificate is replaced`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let before = try #require(try await serial(server))
        let unsure = try await site.certctl("revoke", "web/shop-tls", "--server", "http://\(admin)")
        #expect(unsure.status == 1 && unsure.output.contains("--yes"), "\(unsure.output)")
        let wrong = try await site.certctl("revoke", "web/shop-tls", "--yes", "--reason", "because", "--server", "http://\(admin)")
        #expect(wrong.status == 1 && wrong.output.contains("keyCompromise"), "\(wrong.output)")
        #expect(try await pebble.certificateStatus(ofSerial: before).contains("Valid"))

        let answer = try await site.certctl(
            "revoke", "web/shop-tls", "--yes", "--reason", "superseded", "--wait", "-o", "json", "--server", "http://\(admin)")
        #expect(answer.status == 0, "\(answer.output)")
        let revocation = try decoded(Revocation.self, answer)
        #expect(revocation.serialNumber == before && revocation.signedBy == "account" && !revocation.wasRevokedBefore)
        #expect(revocation.replacement?.outcome == "issued")
        #expect(try await pebble.certificateStatus(ofSerial: before).contains("Revoked"))
        let after = try #require(try await serial(server))
        #expect(after != before)
        #expect(try await pebble.certificateStatus(ofSerial: after).contains("Valid"))
    }

    @Test func `without the account revoke uses the certificate's own key, and without a server it works as well`() async throws {
        let server = try await serve()
        let before = try #require(try await serial(server))
        await stop(server)
        try FileManager.default.removeItem(atPath: site.state + "/secrets/certctl-system/pebble-account.yaml")
        for wasRevokedBefore in [false, true] {
            let answer = try await site.certctl(
                "revoke", "web/shop-tls", "--yes", "--no-replace", "-o", "json", "--state", site.state)
            #expect(answer.status == 0, "\(answer.output)")
            let revocation = try decoded(Revocation.self, answer)
            #expect(revocation.serialNumber == before && revocation.replacement == nil)
            #expect(revocation.wasRevokedBefore == wasRevokedBefore)
            #expect(revocation.signedBy == (wasRevokedBefore ? nil : "certificateKey"))
        }
        #expect(try await pebble.certificateStatus(ofSerial: before).contains("Revoked"))
        #expect(pebble.accountCount == 1, "no account was made to revoke")
    }

    private struct Account: Decodable {
        let issuer, directory, state, keySecret: String
        let url, keyThumbprint, termsOfService, problem: String?
        let contacts, certificates: [String]
        let persistentRecords: [[String: String]]
    }

    private struct Accounts: Decodable { let accounts: [Account] }

    @Test func `account show makes none, and tells what the CA knows`() async throws {
        let early = try await site.certctl("account", "show", "--manifests", site.manifests, "--state", site.state, "-o", "json")
        #expect(early.status == 0, "\(early.output)")
        #expect(try decoded(Accounts.self, early).accounts.map(\.state) == ["none"])
        #expect(pebble.accountCount == 0)

        let server = try await serve()
        let admin = try #require(server.admin)
        let answer = try await site.certctl(
            "account", "show", "-o", "json", "--server", "http://\(admin)")
        #expect(answer.status == 0, "\(answer.output)")
        let account = try #require(try decoded(Accounts.self, answer).accounts.first)
        #expect(account.issuer == "ClusterIssuer/pebble" && account.state == "valid" && account.directory == pebble.directoryURL)
        #expect(account.keySecret == "certctl-system/pebble-account" && account.certificates == ["web/shop-tls"])
        #expect(account.url?.isEmpty == false && account.keyThumbprint?.utf8.count == 43)
        #expect(account.persistentRecords.isEmpty)
        let records = try await site.certctl("account", "show", "--for", "*.a.example.test", "--server", "http://\(admin)")
        if Pebble.isNewer {
            #expect(records.status == 0 && records.output.contains("_validation-persist.a.example.test. IN TXT"), "\(records.output)")
        } else {
            // Debian's Pebble does not say by which name it is known.
            #expect(records.status == 1 && records.output.contains("caaIdentities"), "\(records.output)")
        }
        let text = try await site.certctl("account", "show", "pebble", "--server", "http://\(admin)")
        #expect(text.status == 0 && text.output.contains(account.url ?? "-") && !text.output.contains("\u{1B}"), "\(text.output)")
        let other = try await site.certctl("account", "show", "other", "--server", "http://\(admin)")
        #expect(other.status == 1 && other.output.contains("ClusterIssuer/other") && other.output.contains("ClusterIssuer/pebble"))
    }

    @Test func `rollover keeps the account under another key, and orders go on`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let shown = try await site.certctl("account", "show", "-o", "json", "--server", "http://\(admin)")
        let before = try #require(try decoded(Accounts.self, shown).accounts.first)
        let rolled = try await site.certctl("account", "rollover", "-o", "json", "--server", "http://\(admin)")
        #expect(rolled.status == 0, "\(rolled.output)")
        let after = try decoded(Account.self, rolled)
        #expect(after.url == before.url && after.state == "valid")
        #expect(after.keyThumbprint != nil && after.keyThumbprint != before.keyThumbprint)
        let renewed = try await site.certctl("renew", "web/shop-tls", "--wait", "--server", "http://\(admin)")
        #expect(renewed.status == 0, "\(renewed.output)")
        await stop(server)
        let again = try await site.certctl("account", "rollover", "--state", site.state, "-o", "json")
        #expect(again.status == 0, "\(again.output)")
        let last = try decoded(Account.self, again)
        #expect(last.url == before.url && last.keyThumbprint != after.keyThumbprint)
        #expect(pebble.accountCount == 1)
    }

    @Test func `deactivate wants a yes, and from then on no account is made before the key is taken away`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let unsure = try await site.certctl("account", "deactivate", "--server", "http://\(admin)")
        #expect(unsure.status == 1 && unsure.output.contains("web/shop-tls") && unsure.output.contains("--yes"), "\(unsure.output)")
        let done = try await site.certctl("account", "deactivate", "pebble", "--yes", "-o", "json", "--server", "http://\(admin)")
        #expect(done.status == 0, "\(done.output)")
        #expect(try decoded(Account.self, done).state == "deactivated")
        let key = site.state + "/secrets/certctl-system/pebble-account.yaml"
        #expect(FileManager.default.fileExists(atPath: key))
        let refused = try await site.certctl("renew", "web/shop-tls", "--wait", "--server", "http://\(admin)")
        #expect(refused.status == 1 && refused.output.contains("deactivated"), "\(refused.output)")
        #expect(pebble.accountCount == 1)

        try FileManager.default.removeItem(atPath: key)
        let isBack = try await eventually(within: .seconds(30)) {
            try await site.certctl("renew", "web/shop-tls", "--wait", "--server", "http://\(admin)").status == 0
        }
        #expect(isBack, "\(server.process.output)")
        #expect(pebble.accountCount == 2)
    }

    private struct Check: Decodable {
        struct Finding: Decodable {
            let host, check, status, message: String
        }
        let ingress: String
        let isGood: Bool
        let findings: [Finding]

        func message(_ check: String) -> String { findings.first { $0.check == check }?.message ?? "" }
        func status(_ check: String) -> String { findings.first { $0.check == check }?.status ?? "" }
    }

    private func check(_ ingress: String, _ more: [String]) async throws -> (status: Int32, check: Check) {
        let answer = try await ChildProcess.run([Site.program, "check", ingress, "-o", "json"] + more, in: site.folder)
        return (answer.status, try decoded(Check.self, answer))
    }

    @Test func `check is green when the name leads here`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let ports = try await server.ports()
        let answer = try await check(
            "web/shop",
            [
                "--server", "http://\(admin)", "--nameserver", pebble.dnsServer, "--http-port", "\(ports.http)", "--https-port",
                "\(ports.https)",
            ])
        #expect(answer.status == 0 && answer.check.isGood, "\(answer.check)")
        #expect(answer.check.findings.map(\.check) == ["dns", "http", "https", "caa", "policy", "budget", "solver", "secret", "issuer"])
        #expect(answer.check.message("http").contains("reaches this instance") && answer.check.message("https").contains("reaches this"))
        #expect(answer.check.message("solver").contains("http-01") && answer.check.message("issuer").contains(pebble.directoryURL))
        #expect(Set(answer.check.findings.map(\.host)) == ["shop.example.test"])
    }

    private struct Limited: Decodable {
        struct Account: Decodable {
            struct Limit: Decodable {
                let limit, key: String
                let used, allowed: Int
            }
            let limits: [Limit]
        }
        let accounts: [Account]
    }

    @Test func `account show and check tell what is left of the CA's limits`() async throws {
        try site.folder.write(
            """
            apiVersion: certctl.dev/v1alpha1
            kind: CALimits
            metadata: {name: pebble}
            spec:
              servers: ["\(pebble.directoryURL)"]
              limits:
                - {name: orders, counts: orders, per: account, count: 300, window: 3h}
                - {name: certificates, counts: certificates, per: registeredDomain, count: 5, window: 7d}
                - {name: accounts, counts: accounts, per: address, count: 1, window: 3h}
            """, to: "policies/limits.yaml")
        let server = try site.serve(http: http, ["--policies", site.folder.path + "/policies"])
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        let admin = try #require(server.admin)
        let shown = try await site.certctl("account", "show", "-o", "json", "--server", "http://\(admin)")
        let limits = try #require(try decoded(Limited.self, shown).accounts.first?.limits)
        #expect(
            limits.map { "\($0.limit) \($0.key) \($0.used)/\($0.allowed)" } == [
                "orders certctl-system/pebble-account 1/300", "certificates example.test 1/5", "accounts  1/1",
            ])
        let text = try await site.certctl("account", "show", "--server", "http://\(admin)")
        #expect(text.output.contains("certificates for example.test: 4 of 5 left, one more at "), "\(text.output)")
        #expect(text.output.contains("orders: 299 of 300 left"), "\(text.output)")
        let answer = try await check("web/shop", ["--server", "http://\(admin)", "--nameserver", pebble.dnsServer])
        #expect(
            answer.check.message("budget") == "no limit of the CA holds it back; least is left of certificates: 4 of 5 for example.test")
    }

    @Test func `check is red for a solver without its Secret and a Secret that is somebody's own`() async throws {
        let solvers = "[{dns01: {digitalocean: {tokenSecretRef: {name: token, key: t}}}}]"
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try site.write(
            Text.documents(
                Text.acmeIssuer("cloud", directory: pebble.directoryURL, caBundle: bundle, solvers: solvers),
                Text.ingress("own", hosts: ["own.example.test"], secret: "own-tls", issuer: "cloud"),
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: own-tls, namespace: web}
                stringData: {note: mine}
                """), to: "own.yaml")
        let server = try site.serve(http: http)
        #expect(await eventually(within: .seconds(30)) { server.admin != nil }, "\(server.process.output)")
        let admin = try #require(server.admin)
        let answer = try await check("web/own", ["--server", "http://\(admin)", "--nameserver", pebble.dnsServer])
        #expect(answer.status == 1)
        #expect(answer.check.status("secret") == "bad" && answer.check.message("secret").contains("was not written by certctl"))
        #expect(answer.check.status("solver") == "bad", "\(answer.check)")
        #expect(answer.check.message("solver").contains("Secret certctl-system/token of the solver does not exist"), "\(answer.check)")
    }

    @Test func `check is red, with the reason, when somebody else answers or the name leads nowhere`() async throws {
        let server = try await serve()
        let admin = try #require(server.admin)
        let backend = try await Backend(name: "stranger", in: site.folder)
        let strange = try await check(
            "web/shop",
            ["--server", "http://\(admin)", "--nameserver", pebble.dnsServer, "--http-port", "\(backend.port)", "--https-port", "1"])
        #expect(strange.status == 1 && !strange.check.isGood)
        #expect(strange.check.message("http").contains("somebody else answers"), "\(strange.check)")
        #expect(strange.check.status("https") == "bad" && strange.check.status("dns") == "good")

        let lost = try await check("web/shop", ["--server", "http://\(admin)", "--nameserver", "127.0.0.1:1"])
        #expect(lost.status == 1 && lost.check.status("dns") == "bad" && lost.check.status("http") == "skipped", "\(lost.check)")

        let none = try await site.certctl("check", "web/none", "--server", "http://\(admin)")
        #expect(none.status == 1 && none.output.contains("Ingress web/none"), "\(none.output)")
        await stop(server)
        let offline = try await check("web/shop", ["--state", site.state, "--nameserver", pebble.dnsServer])
        #expect(offline.status == 0 && offline.check.status("http") == "skipped", "\(offline.check)")
    }
}
