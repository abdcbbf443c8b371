import Foundation
import TestKit
import Testing

@Suite("End to end: alerts", .serialized) struct AlertTests {
    let site: Site

    init() throws { site = try Site() }

    /// A Secret with a certificate that has ended, and an Ingress that names it.
    private func ended() async throws {
        let folder = site.folder
        let commands = [
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "\(folder.path)/key.pem"],
            ["req", "-new", "-key", "\(folder.path)/key.pem", "-subj", "/CN=a.localhost", "-out", "\(folder.path)/request.pem"],
            [
                "x509", "-req", "-in", "\(folder.path)/request.pem", "-signkey", "\(folder.path)/key.pem", "-days", "-1", "-out",
                "\(folder.path)/certificate.pem",
            ],
        ]
        for command in commands { #expect(try await ChildProcess.run(["openssl"] + command, in: folder).status == 0) }
        try site.write(
            Text.documents(
                Text.ingressClass, Text.ingress("a", hosts: ["a.localhost"], secret: "a-tls", issuer: nil),
                Text.tlsSecret("a-tls", certificate: try folder.read("certificate.pem"), key: try folder.read("key.pem"))), to: "all.yaml")
    }

    private func receiver(_ url: String, _ more: String = "") throws {
        try site.folder.write(
            "apiVersion: certctl.dev/v1alpha1\nkind: AlertReceiver\nmetadata: {name: pager}\nspec: {url: '\(url)/hook', groupWait: 0s\(more)}\n",
            to: "policies/alerts.yaml")
    }

    private func serve() throws -> Server { try site.serve(["--policies", site.folder.path + "/policies"]) }

    @Test func `killed before the receiver takes it, an alert is delivered by the next process, and then not again`() async throws {
        try await ended()
        let isAway = FileManager.default
        let sign = site.folder.path + "/back"
        let hook = try FakeProvider { _ in isAway.fileExists(atPath: sign) ? .json("{}") : .answer(status: 500, body: "away") }
        try receiver(hook.url)
        let first = try serve()
        #expect(await eventually(within: .seconds(30)) { !hook.requests.isEmpty }, "\(first.process.output)")
        first.process.send(signal: SIGKILL)
        #expect(await first.process.end(within: .seconds(10)) == .signalled(SIGKILL))
        try site.folder.write("", to: "back")
        let before = hook.requests.count
        let second = try serve()
        #expect(await eventually(within: .seconds(30)) { hook.requests.count > before }, "\(second.process.output)")
        #expect(hook.requests.last?.text.contains("\"alertname\":\"CertificateExpired\"") == true)
        let told = { try await site.certctl("alerts", "list", "--server", "http://\(second.admin ?? "")", "-o", "json").output }
        #expect(try await eventually { try await told().contains("\"told\" : [\n        \"pager\"") })
        second.process.send(signal: SIGKILL)
        _ = await second.process.end(within: .seconds(10))
        let delivered = hook.requests.count
        let third = try serve()
        #expect(await eventually(within: .seconds(20)) { third.admin != nil })
        let list = try await site.certctl("alerts", "list", "--server", "http://\(third.admin ?? "")")
        #expect(list.status == 3)
        #expect(list.output.contains("CertificateExpired") && list.output.contains("told: pager"), "\(list.output)")
        #expect(list.output.contains("Secret web/a-tls (a.localhost)"), "\(list.output)")
        #expect(hook.requests.count == delivered)
    }

    @Test func `alerts test says what receivers answer, and a mistake leaves the receivers of before`() async throws {
        let hook = try FakeProvider { $0.path == "/hook" ? .json("{}") : .answer(status: 403, body: "no") }
        try receiver(hook.url)
        let server = try serve()
        #expect(await eventually(within: .seconds(20)) { server.admin != nil })
        let admin = "http://\(server.admin ?? "")"
        #expect(await eventually { (try? await site.certctl("alerts", "test", "--server", admin).status) == 0 }, "\(server.process.output)")
        #expect(hook.requests.last?.text.contains("CertctlTest") == true)
        let other = try await site.certctl("alerts", "test", "nobody", "--server", admin)
        #expect(other.status == 1)
        #expect(other.output.contains("nobody") && other.output.contains("pager"), "\(other.output)")
        try receiver(hook.url, ", formt: slack")
        #expect(
            try await eventually {
                try await site.status(server).report.problems.contains {
                    $0.subject == "alerts" && $0.message.contains("policies/alerts.yaml, document 1, line 4")
                }
            })
        #expect(try await site.certctl("alerts", "test", "pager", "--server", admin).status == 0)
        #expect(try await site.certctl("alerts", "list", "--server", admin).status == 3, "a mistake is nothing good")
    }
}
