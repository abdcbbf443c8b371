import Foundation
import TestKit
import Testing

@Suite("End to end: health", .serialized) struct HealthTests {
    let site: Site

    init() throws { site = try Site() }

    /// The status and the text of an answer; 0 when there is none.
    private func ask(_ admin: String, _ path: String) async throws -> (status: Int, text: String) {
        let answer = try await ChildProcess.run(
            ["curl", "-s", "--max-time", "5", "--noproxy", "*", "-w", "\n%{http_code}", "http://\(admin)\(path)"], in: site.folder)
        let lines = answer.output.split(separator: "\n")
        return (lines.last.flatMap { Int($0) } ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    @Test func `until the API server has told everything, what is missing is named`() async throws {
        let cluster = try await FakeAPIServer()
        cluster.put(
            "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: certctl}\nspec: {controller: certctl.dev/ingress}\n")
        try site.folder.write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: '\(cluster.url)'}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """, to: "kubeconfig")
        await cluster.goAway()
        let admin = "127.0.0.1:\(try FreePort.one())"
        let process = try ChildProcess(
            [
                Site.program, "serve", "--kubeconfig", site.folder.path + "/kubeconfig", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0",
                "--admin", admin, "--threads", "1",
            ], environment: ["NO_PROXY": "127.0.0.1"], log: site.folder.path + "/serve.log")
        #expect(try await eventually(within: .seconds(30)) { try await ask(admin, "/healthz").status == 200 }, "\(process.output)")
        for path in ["/readyz", "/startupz"] {
            let answer = try await ask(admin, path)
            #expect(answer.status == 503 && answer.text.hasPrefix("not ready\n- "), "\(path): \(answer)")
            #expect(answer.text.lowercased().contains("- ingresses.networking.k8s.io have not been read completely"), "\(answer)")
        }
        try await cluster.comeBack()
        #expect(try await eventually(within: .seconds(60)) { try await ask(admin, "/readyz").status == 200 }, "\(process.output)")
        #expect(try await ask(admin, "/startupz").status == 200)

        // What was told once goes on being served.
        await cluster.goAway()
        #expect(try await ask(admin, "/readyz").status == 200)
        #expect(try await ask(admin, "/healthz").status == 200)
    }

    @Test func `while it drains it is alive and has started, but is not ready`() async throws {
        // A backend that lets a request wait until it is told to go on.
        let gate = site.folder.path + "/go"
        let backend = try ChildProcess(
            [
                "python3", "-uc",
                """
                import http.server, os, time
                class H(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        print("asked", flush=True)
                        while not os.path.exists("\(gate)"): time.sleep(0.01)
                        self.send_response(200); self.send_header("Content-Length", "4"); self.end_headers(); self.wfile.write(b"done")
                s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H); print(s.server_address[1], flush=True); s.serve_forever()
                """,
            ], log: site.folder.path + "/slow.log")
        #expect(await eventually(within: .seconds(20)) { backend.output.contains("\n") })
        let port = try #require(backend.output.split(separator: "\n").first.flatMap { Int($0) })
        try site.write(
            Text.documents(
                Text.ingressClass, Text.service("slow", port: port),
                Text.ingress("slow", hosts: ["slow.localhost"], secret: "none", issuer: nil, service: "slow")), to: "all.yaml")
        let server = try site.serve()
        let ports = try await server.ports()
        let admin = try #require(server.admin)
        for path in ["/healthz", "/readyz", "/startupz"] { #expect(try await ask(admin, path).status == 200) }
        let request = try ChildProcess(
            ["curl", "-sS", "--noproxy", "*", "--connect-to", "::127.0.0.1:\(ports.http)", "http://slow.localhost/"],
            log: site.folder.path + "/request.log")
        #expect(await eventually(within: .seconds(20)) { backend.output.contains("asked") })
        server.process.send(signal: SIGTERM)
        #expect(try await eventually(within: .seconds(20)) { try await ask(admin, "/readyz").status == 503 })
        let answer = try await ask(admin, "/readyz")
        #expect(answer.status == 503 && answer.text.contains("the process is ending"), "\(answer)")
        for path in ["/healthz", "/startupz"] { #expect(try await ask(admin, path).status == 200, "\(path)") }
        try site.folder.write("", to: "go")
        #expect(await request.end(within: .seconds(20)) == .exited(0) && request.output == "done")
        #expect(await server.process.end(within: .seconds(30)) == .exited(0))
    }

    @Test func `the log says where it listens, what was found, what is wrong and what is next`() async throws {
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("self"),
                Text.ingress("own", hosts: ["own.localhost"], secret: "own-tls", issuer: "self"),
                Text.ingress("lost", hosts: ["lost.localhost"], secret: "lost-tls", issuer: "nobody")), to: "all.yaml")
        try site.write("kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: [\n", to: "broken.yaml")
        let server = try site.serve()
        _ = try await server.ports()
        #expect(
            await eventually(within: .seconds(20)) { server.process.output.contains("\"message\":\"next\"") }, "\(server.process.output)")
        let lines = server.process.output.split(separator: "\n")
        func line(_ message: String, _ parts: String...) -> Bool {
            lines.contains { line in line.contains("\"message\":\"\(message)\"") && parts.allSatisfy { line.contains($0) } }
        }
        #expect(line("serving", "\"http\":\"127.0.0.1:", "\"admin\":\"127.0.0.1:"), "\(server.process.output)")
        #expect(
            line("found", "\"ingresses\":\"2\"", "\"hosts\":\"2\"", "\"issuers\":\"1\"", "\"receivers\":\"0\""), "\(server.process.output)")
        #expect(line("problem", "broken.yaml") && line("problem", "nobody"), "\(server.process.output)")
        #expect(!server.process.output.contains("SecretNotFound: secret web/own-tls"), "it is about to be written")
        // A certificate of its own making may be there by then.
        let isPlanned = line("next", "1 certificate(s) to be issued now") || line("next", "the next renewal at", "own-tls")
        #expect(isPlanned, "\(server.process.output)")
        #expect((4...10).contains(lines.count { $0.contains("\"subsystem\":\"serve\"") }), "short")
    }
}
