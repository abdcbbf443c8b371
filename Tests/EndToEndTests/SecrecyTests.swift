import Foundation
import TestKit
import Testing

/// A whole issuance at the finest level of the log, with secrets that are known: none of them may be anywhere but in Secrets.
@Suite(
    "End to end: no secret in any output, with Pebble and BIND", .enabled(if: Pebble.isInstalled, "pebble is not installed"),
    .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"), .enabled(if: DNSBind.isDigInstalled, "dig is not installed"),
    .serialized)
struct SecrecyTests {
    let site: Site
    let tsig = DNSBind.Key(name: "certctl", algorithm: "hmac-sha256")
    private let accountMAC = "RWluLUdlaGVpbW5pcy12b24tMzItQnl0ZXMtTGFlbmdlIQ"
    private let adminToken = "admin-token-0123456789abcdef"
    private let bearer = "webhook-bearer-0123456789"
    private let password = "httpreq-password-0123456789"
    private let collectorKey = "collector-key-0123456789"

    init() throws { site = try Site() }

    private func secret(_ name: String, _ value: String) -> String {
        "apiVersion: v1\nkind: Secret\nmetadata: {name: \(name), namespace: certctl-system}\nstringData: {secret: \"\(value)\"}"
    }

    private func issuer(_ name: String, _ pebble: Pebble, _ solver: String) -> String {
        Text.acmeIssuer(
            name, directory: pebble.directoryURL, caBundle: Data(pebble.tlsRootPEM).base64EncodedString(), solvers: "[{dns01: \(solver)}]")
            + "\n    externalAccountBinding: {keyID: kid-1, keySecretRef: {name: eab, key: secret}}"
    }

    private func write(_ pebble: Pebble, _ bind: DNSBind, hook: FakeProvider) throws {
        let rfc2136 = """
            {rfc2136: {nameserver: "127.0.0.1:\(bind.port)", tsigKeyName: \(tsig.name), tsigAlgorithm: HMACSHA256, \
            tsigSecretSecretRef: {name: tsig, key: secret}}}
            """
        let httpreq = "{httpreq: {endpoint: \"\(hook.url)/dns\", username: user, passwordSecretRef: {name: password, key: secret}}}"
        try site.write(
            Text.documents(
                Text.ingressClass, secret("tsig", tsig.secret), secret("eab", accountMAC), secret("bearer", bearer),
                secret("password", password), issuer("good", pebble, rfc2136), issuer("bad", pebble, httpreq),
                Text.ingress("shop", hosts: ["shop.example.test"], secret: "shop-tls", issuer: "good"),
                Text.ingress("lost", hosts: ["lost.example.test"], secret: "lost-tls", issuer: "bad")), to: "all.yaml")
        try site.folder.write(adminToken + "\n", to: "token")
        try site.folder.write(
            """
            apiVersion: certctl.dev/v1alpha1
            kind: AlertReceiver
            metadata: {name: pager}
            spec: {url: '\(hook.url)/hook', groupWait: 0s, bearerTokenSecretRef: {name: bearer, key: secret}}

            """, to: "policies/alerts.yaml")
    }

    /// What gives a secret away, in each form in which it might be written.
    private func needles() async throws -> [String: String] {
        var needles = [
            "account MAC": accountMAC, "admin token": adminToken, "bearer": bearer, "password": password, "TSIG secret": tsig.secret,
            "collector's key": collectorKey, "basic authorization": Data("user:\(password)".utf8).base64EncodedString(),
        ]
        needles["account MAC, raw"] = String(decoding: Data(base64Encoded: accountMAC + "==") ?? Data(), as: UTF8.self)
        let folder = site.state + "/secrets"
        var keys = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix(".yaml") {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            for word in text.split(whereSeparator: { " \n\"".contains($0) }) {
                guard let data = Data(base64Encoded: String(word)) else { continue }
                let pem = String(decoding: data, as: UTF8.self)
                guard pem.contains("PRIVATE KEY-----") else { continue }
                keys += 1
                needles["\(name), whole"] = String(word)
                for (number, line) in pem.split(separator: "\n").enumerated() where !line.hasPrefix("-----") && line.count >= 16 {
                    // The first line of each key of a kind says only which kind it is.
                    if number > 1 { needles["\(name), line \(number)"] = String(line) }
                }
                try site.folder.write(pem, to: "key.pem")
                let shown = try await ChildProcess.run(
                    ["openssl", "pkey", "-in", site.folder.path + "/key.pem", "-noout", "-text"], in: site.folder)
                let digits = shown.output.components(separatedBy: "priv:").last?.components(separatedBy: "pub:").first ?? ""
                let hex = digits.filter(\.isHexDigit)
                needles["\(name), hexadecimal"] = hex
                var bytes = Data()
                for index in stride(from: 0, to: hex.count - 1, by: 2) {
                    let start = hex.index(hex.startIndex, offsetBy: index)
                    bytes.append(UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16) ?? 0)
                }
                needles["\(name), JWK"] = bytes.suffix(32).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
            }
        }
        // Two accounts, one certificate, and perhaps the order of the other one.
        #expect(keys >= 3)
        #expect(needles.values.allSatisfy { $0.count >= 16 }, "\(needles.filter { $0.value.count < 16 }.keys)")
        return needles
    }

    @Test(arguments: ["text", "json"])
    func `nothing that is secret is in logs, answers, alerts, traces or files beside Secrets`(format: String) async throws {
        let bind = try await DNSBind(keys: [tsig])
        var settings = Pebble.Settings()
        settings.dnsServer = "127.0.0.1:\(bind.port)"
        settings.externalAccounts = ["kid-1": accountMAC]
        let pebble = try await Pebble(httpPort: 1, settings: settings)
        // Says back whatever it was told, as bad servers do.
        let hook = try FakeProvider { request in
            request.path.hasPrefix("/dns")
                ? .answer(status: 400, body: "bad credentials: \(request.fields.map { "\($0.key): \($0.value)" }.joined(separator: ", "))")
                : .json("{}")
        }
        try write(pebble, bind, hook: hook)
        let log = site.folder.path + "/serve.log"
        let token = site.folder.path + "/token"
        let server = Server(
            process: try ChildProcess(
                [
                    Site.program, "serve", "--manifests", site.manifests, "--state", site.state, "--http", "127.0.0.1:0", "--https",
                    "127.0.0.1:0", "--admin", "127.0.0.1:0", "--threads", "1", "--log-format", format, "--log-level", "trace",
                    "--access-log",
                    "--policies", site.folder.path + "/policies", "--admin-token-file", token, "--nameserver", "127.0.0.1:\(bind.port)",
                    "--dns01-recursive-only", "--otlp-endpoint", hook.url, "--trace-sampling", "1",
                ], environment: ["OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20\(collectorKey)"], log: log))
        #expect(
            await eventually(within: .seconds(60)) {
                guard let report = try? await site.status().report else { return false }
                let states = Dictionary(report.certificates.map { ($0.secretName, $0) }) { first, _ in first }
                return states["shop-tls"]?.state == "valid" && states["lost-tls"]?.lastError != nil
            }, "\(server.process.output)")
        var outputs: [String: String] = [:]
        for command in [
            ["status", "-o", "json"], ["account", "show", "-o", "json", "--admin-token-file", token],
            ["alerts", "test", "--admin-token-file", token], ["log-level", "acme=debug", "--admin-token-file", token],
            ["log-level", "acme=default"],
        ] {
            outputs[command.joined(separator: " ")] = try await ChildProcess.run(
                [Site.program] + command + ["--state", site.state], in: site.folder
            ).output
        }
        #expect(await eventually(within: .seconds(20)) { hook.requests.contains { $0.path == "/v1/traces" } })
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
        outputs["log"] = server.process.output
        outputs["bodies"] = hook.requests.map(\.text).joined(separator: "\n")
        let files = try FileManager.default.subpathsOfDirectory(atPath: site.state)
        for name in files where !name.hasPrefix("secrets/") {
            outputs["file \(name)"] = try? String(contentsOfFile: site.state + "/" + name, encoding: .utf8)
        }

        // The secrets were in use, or nothing is shown by this.
        #expect(hook.requests.contains { $0.fields.values.contains("Bearer \(bearer)") })
        #expect(hook.requests.contains { $0.fields.values.contains("Bearer \(collectorKey)") })
        #expect(hook.requests.contains { $0.path.hasPrefix("/dns") })
        #expect(server.process.output.contains("order step") && server.process.output.contains("issued a certificate"))
        #expect(outputs["log-level acme=default"]?.contains("--admin-token-file") == true)
        for (what, needle) in try await needles() {
            for (place, text) in outputs where text.contains(needle) {
                Issue.record("\(what) is in the output of \(place)")
            }
        }
        if format == "json" {
            for line in server.process.output.split(separator: "\n") {
                #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
            }
        }
    }
}
