import Foundation
import TestKit
import Testing

/// What needs no ACME server: local issuers, the folder, hot reload, the end of the process.
@Suite("End to end, on one machine", .serialized) struct LocalTests {
    let site: Site

    init() throws { site = try Site() }

    private func serial(of host: String, port: Int) async throws -> String {
        let answer = try await ChildProcess.run(
            [
                "sh", "-c",
                "openssl s_client -connect 127.0.0.1:\(port) -servername \(host) </dev/null 2>/dev/null | openssl x509 -noout -serial",
            ],
            in: site.folder)
        return answer.output
    }

    /// A self-signed key pair from the openssl command line.
    private func keyPair(_ name: String, host: String, _ more: String...) async throws -> (certificate: String, key: String) {
        let path = site.folder.path + "/" + name
        let made = try await ChildProcess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                "/CN=" + host,
                "-addext", "subjectAltName=DNS:" + host, "-keyout", path + ".key", "-out", path + ".crt",
            ] + more, in: site.folder)
        #expect(made.status == 0, "\(made.output)")
        return (try site.folder.read(name + ".crt"), try site.folder.read(name + ".key"))
    }

    @Test func `a laptop gets HTTPS from a self-signed and from a CA issuer`() async throws {
        let backend = try await Backend(name: "echo", in: site.folder)
        let ca = """
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: ca, namespace: web}
            spec: {ca: {secretName: ca-key}}
            """
        let root = try await keyPair("root", host: "laptop root", "-addext", "basicConstraints=critical,CA:true")
        let signed = Text.ingress("signed", hosts: ["ca.localhost"], secret: "signed-tls", issuer: nil)
            .replacingOccurrences(of: "annotations: {}", with: "annotations: {cert-manager.io/issuer: ca}")
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("self"), ca, Text.service("echo", port: backend.port),
                Text.tlsSecret("ca-key", certificate: root.certificate, key: root.key), signed,
                Text.ingress("own", hosts: ["own.localhost"], secret: "own-tls", issuer: "self")), to: "all.yaml")
        let server = try site.serve()
        #expect(try await site.waitForStates(["valid"], count: 2, of: server), "\(server.process.output)")
        let ports = try await server.ports()
        let verified = try await site.curl("https://ca.localhost/", port: ports.https, "--cacert", site.folder.path + "/root.crt")
        #expect(verified.status == 0, "\(verified.output)")
        let unknown = try await site.curl("https://own.localhost/", port: ports.https, "--cacert", site.folder.path + "/root.crt")
        #expect(unknown.status != 0)
    }

    @Test func `a changed Secret is served at once and a broken one never, under load`() async throws {
        let backend = try await Backend(name: "echo", in: site.folder)
        let first = try await keyPair("first", host: "hot.example.test")
        let second = try await keyPair("second", host: "hot.example.test")
        try site.write(
            Text.documents(
                Text.ingressClass, Text.service("echo", port: backend.port),
                Text.ingress("hot", hosts: ["hot.example.test"], secret: "hot-tls", issuer: nil)), to: "base.yaml")
        try site.write(Text.tlsSecret("hot-tls", certificate: first.certificate, key: first.key), to: "secret.yaml")
        let server = try site.serve()
        let ports = try await server.ports()
        let before = try await serial(of: "hot.example.test", port: ports.https)
        #expect(before.hasPrefix("serial="))
        try site.folder.write(first.certificate + second.certificate, to: "roots.pem")
        let load = try ChildProcess(
            [
                "python3", Site.root + "/scripts/support/load.py", site.folder.path + "/roots.pem", "\(ports.https)", "6",
                "hot.example.test",
            ],
            log: site.folder.path + "/load.json")

        let mismatched = [
            Text.tlsSecret("hot-tls", certificate: second.certificate, key: first.key),
            Text.tlsSecret("hot-tls", certificate: "garbage", key: "garbage"),
            "apiVersion: v1\nkind: Secret\nmetadata: {name: hot-tls, namespace: web}\ntype: kubernetes.io/tls\ndata: {}\n",
            "apiVersion: v1\nkind: Secret\nmetadata: [\n",
        ]
        for broken in mismatched {
            try site.write(broken, to: "secret.yaml")
            let isReported = try await eventually { try await site.status(server).status == 3 }
            #expect(isReported, "not reported: \(broken)")
            #expect(try await serial(of: "hot.example.test", port: ports.https) == before)
        }
        try site.write(Text.tlsSecret("hot-tls", certificate: second.certificate, key: second.key), to: "secret.yaml")
        let isServed = try await eventually { try await serial(of: "hot.example.test", port: ports.https) != before }
        #expect(isServed)
        let isGoodAgain = try await eventually { try await site.status(server).status == 0 }
        #expect(isGoodAgain)
        #expect(await load.end(within: .seconds(30)) == .exited(0), "\(load.output)")
        #expect(load.output.contains("\"failed\": 0"), "\(load.output)")
    }

    @Test func `a manifest that does not parse is reported with its place and keeps what it said before`() async throws {
        let backend = try await Backend(name: "echo", in: site.folder)
        let good = Text.documents(
            Text.ingressClass, Text.service("echo", port: backend.port),
            Text.ingress("a", hosts: ["a.example.test"], secret: "a-tls", issuer: nil))
        try site.write(good, to: "all.yaml")
        let server = try site.serve()
        let ports = try await server.ports()
        try site.write(good.replacingOccurrences(of: "pathType: Prefix", with: "pathType: Prefx"), to: "all.yaml")
        let isReported = try await eventually {
            try await site.status(server).report.problems.contains { problem in
                problem.subject.contains("all.yaml:") && problem.subject.contains("spec.rules[0].http.paths[0].pathType")
                    && problem.message.contains("Prefx")
            }
        }
        let problems = try await site.status(server).report.problems
        #expect(isReported, "\(problems)")
        let answer = try await site.curl("http://a.example.test/", port: ports.http)
        #expect(answer.status == 0 && answer.output.contains("\"backend\": \"echo\""), "\(answer.output)")
    }

    @Test func `a second server on the same state folder is refused by name`() async throws {
        let server = try site.serve()
        _ = try await server.ports()
        let second = try site.serve()
        #expect(await second.process.end(within: .seconds(20)) == .exited(1))
        #expect(second.process.output.contains("\(server.process.pid)"), "\(second.process.output)")
        #expect(server.process.isRunning)
    }

    @Test func `SIGTERM lets a request in progress end`() async throws {
        let backend = try ChildProcess(
            [
                "python3", "-uc",
                """
                import http.server, time
                class H(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        print("asked", flush=True); time.sleep(1.5)
                        self.send_response(200); self.send_header("Content-Length", "4"); self.end_headers(); self.wfile.write(b"done")
                s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H); print(s.server_address[1], flush=True); s.serve_forever()
                """,
            ], log: site.folder.path + "/slow.log")
        #expect(await eventually { backend.output.contains("\n") })
        let port = try #require(backend.output.split(separator: "\n").first.flatMap { Int($0) })
        try site.write(
            Text.documents(
                Text.ingressClass, Text.service("slow", port: port),
                Text.ingress("slow", hosts: ["slow.example.test"], secret: "none", issuer: nil, service: "slow")), to: "all.yaml")
        let server = try site.serve()
        let ports = try await server.ports()
        async let answer = site.curl("http://slow.example.test/", port: ports.http)
        #expect(await eventually { backend.output.contains("asked") })
        server.process.send(signal: SIGTERM)
        let got = try await answer
        #expect(got.status == 0 && got.output == "done", "\(got.output)")
        #expect(await server.process.end(within: .seconds(20)) == .exited(0), "\(server.process.output)")
    }
}

@Suite("The command line") struct CommandLineTests {
    let site: Site

    init() throws { site = try Site() }

    @Test(arguments: [
        ["serve"], ["serve", "--manifests", "m"], ["nonsense"], ["status", "-o", "xml"], ["status", "-A", "-n", "x"],
        ["routes", "http://"],
        ["serve", "--manifests", "m", "--state", "s", "--http", "nowhere"],
        ["serve", "--manifests", "m", "--state", "s", "--threads", "0"],
        ["serve", "--manifests", "m", "--state", "s", "--default-issuer", "Other/x"], ["completion", "tcsh"],
    ])
    func `a wrong command line ends with 2 and says what is allowed`(arguments: [String]) async throws {
        let answer = try await ChildProcess.run([Site.program] + arguments, in: site.folder)
        #expect(answer.status == 2, "\(answer.output)")
        #expect(
            answer.output.contains("Usage:") || answer.output.contains("allowed") || answer.output.contains("takes"), "\(answer.output)")
    }

    @Test(arguments: [
        ["--help"], ["serve", "--help"], ["status", "--help"], ["inspect", "--help"], ["routes", "--help"], ["renew", "--help"],
        ["revoke", "--help"],
        ["account", "--help"], ["account", "show", "--help"], ["account", "rollover", "--help"], ["account", "deactivate", "--help"],
        ["check", "--help"],
    ])
    func `help ends with 0 and has examples`(arguments: [String]) async throws {
        let answer = try await ChildProcess.run([Site.program] + arguments, in: site.folder)
        #expect(answer.status == 0 && answer.output.contains("EXAMPLES"), "\(answer.output)")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `completions are written`(shell: String) async throws {
        let answer = try await site.certctl("completion", shell)
        #expect(answer.status == 0 && answer.output.contains("manifests"), "\(answer.output.prefix(200))")
    }

    @Test func `a TLS profile that does not exist is refused with those that do`() async throws {
        let answer = try await site.certctl("serve", "--manifests", site.manifests, "--state", site.state, "--tls-profile", "old")
        #expect(answer.status == 2 && answer.output.contains("there are intermediate, modern"), "\(answer.output)")
    }

    @Test func `inspect says what is wrong with a file`() async throws {
        try site.folder.write("not a certificate", to: "x.pem")
        let answer = try await site.certctl("inspect", site.folder.path + "/x.pem")
        #expect(answer.status == 1 && answer.output.contains("x.pem"), "\(answer.output)")
    }

    @Test func `status without a server and without a folder says how to name one`() async throws {
        let answer = try await site.certctl("status", "--server", "http://127.0.0.1:1")
        #expect(answer.status == 1 && answer.output.contains("nothing answers at http://127.0.0.1:1"), "\(answer.output)")
    }

    @Test func `routes over a folder of manifests need no server`() async throws {
        try site.write(
            Text.documents(
                Text.ingressClass, Text.service("echo", port: 9),
                Text.ingress("a", hosts: ["a.example.test"], secret: "a-tls", issuer: nil)), to: "all.yaml")
        let found = try await site.certctl("routes", "a.example.test/x//y", "--manifests", site.manifests)
        #expect(found.status == 0 && found.output.contains("path      /x/y") && found.output.contains("127.0.0.1:9"), "\(found.output)")
        let none = try await site.certctl("routes", "b.example.test/", "--manifests", site.manifests)
        #expect(none.status == 1 && none.output.contains("404"), "\(none.output)")
    }
}
