import Foundation
import TestKit
import Testing

/// `certctl status` and `certctl inspect` over a server, a folder and a terminal.
@Suite("End to end, what is shown", .serialized) struct StatusTests {
    let site: Site

    init() throws { site = try Site() }

    /// A server with one good certificate.
    private func serve() async throws -> Server {
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("self"), Text.service("echo", port: 9),
                Text.ingress("shop", hosts: ["shop.example.test", "www.example.test"], secret: "shop-tls", issuer: "self")), to: "all.yaml")
        let server = try site.serve()
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        return server
    }

    /// An Ingress whose issuer is not there.
    private func breakSomething() throws {
        try site.write(Text.ingress("blog", hosts: ["blog.example.test"], secret: "blog-tls", issuer: "absent"), to: "blog.yaml")
    }

    private func url(of server: Server) throws -> String { "http://" + (try #require(server.admin)) }

    @Test func `status shows the worst first with what to do, from a server and from its folder`() async throws {
        let server = try await serve()
        try breakSomething()
        #expect(try await eventually { try await site.status(server).report.certificates.count == 2 })
        let all = try await site.certctl("status", "--server", try url(of: server))
        let lines = all.output.split(separator: "\n").map(String.init)
        #expect(all.status == 3 && lines[0].contains("1 of 2 certificates needs you: 1 blocked"), "\(all.output)")
        #expect(
            lines[1].hasPrefix("STATE") && lines[2].hasPrefix("blocked") && lines.last { $0.contains("shop") }?.hasPrefix("valid") == true,
            "\(all.output)")
        #expect(all.output.contains("next: ") && all.output.contains("absent"), "\(all.output)")
        #expect(!all.output.contains("\u{1B}"))

        let good = try await site.certctl("status", "*.example.test", "--expiring", "100%", "--server", try url(of: server))
        #expect(good.status == 0 && good.output.contains("1 of 2 certificates shown") && !good.output.contains("blog"), "\(good.output)")
        let failing = try await site.certctl("status", "--failing", "-n", "web", "--server", try url(of: server))
        #expect(failing.status == 3 && failing.output.contains("blog") && !failing.output.contains("shop"), "\(failing.output)")

        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0))
        let offline = try await site.certctl("status", "--state", site.state)
        #expect(
            offline.status == 3 && offline.output.contains("no server was asked") && offline.output.contains("blocked"), "\(offline.output)"
        )
        let yaml = try await site.certctl("status", "--state", site.state, "-o", "yaml")
        #expect(yaml.status == 3 && yaml.output.contains("secretName: blog-tls"), "\(yaml.output)")
    }

    @Test func `the story of a host names its rule, its Secret and its chain`() async throws {
        let server = try await serve()
        server.process.send(signal: SIGTERM)
        #expect(await server.process.end(within: .seconds(20)) == .exited(0))
        let story = try await site.certctl("status", "WWW.example.test.", "--state", site.state)
        #expect(story.output.hasPrefix("www.example.test: valid, expires in "), "\(story.output)")
        for part in [
            "Ingress web/shop", "www.example.test/ (Prefix) to Service web/echo:80", "Secret web/shop-tls", "ClusterIssuer/self",
            "chain 1/1",
        ] {
            #expect(story.output.contains(part), "\(part): \(story.output)")
        }
        let unknown = try await site.certctl("status", "nobody.example.test", "--state", site.state)
        #expect(unknown.status == 1 && unknown.output.contains("no served Ingress has a rule for it"), "\(unknown.output)")
        let malformed = try await site.certctl("status", "not a host", "--state", site.state)
        #expect(malformed.status == 2 && malformed.output.contains("\"not a host\" is not a host"), "\(malformed.output)")
        let slip = try await site.certctl("status", "--expiring", "7", "--state", site.state)
        #expect(slip.status == 2, "\(slip.output)")
    }

    @Test func `inspect compares what is stored with what is served, both ways`() async throws {
        let server = try await serve()
        let address = "127.0.0.1:\(try await server.ports().https)"
        let served = try await site.certctl(
            "inspect", "shop.example.test", "--connect", address, "--server", try url(of: server), "-o", "json")
        #expect(served.status == 1 && served.output.contains(#""code" : "selfSigned""#), "\(served.output)")
        #expect(served.output.contains("\(address) serves what Secret web/shop-tls holds"), "\(served.output)")
        let stored = try await site.certctl("inspect", "secret/web/shop-tls", "--state", site.state, "--connect", address)
        #expect(stored.output.contains("\(address) serves it for www.example.test"), "\(stored.output)")
        let other = try await site.certctl(
            "inspect", "nobody.example.test", "--connect", address, "--server", try url(of: server), "-o", "json")
        #expect(other.status == 1 && other.output.contains(#""code" : "notStored""#), "\(other.output)")
        let nowhere = try await site.certctl("inspect", "secret/web/shop-tls", "--server", try url(of: server))
        #expect(nowhere.status == 2 && nowhere.output.contains("--kubeconfig"), "\(nowhere.output)")
    }

    @Test func `a pipe gets a line of JSON for each change, and Ctrl-C ends it`() async throws {
        let server = try await serve()
        let watch = try ChildProcess(
            [Site.program, "status", "--watch", "-o", "json", "--server", try url(of: server)], log: site.folder.path + "/watch.json")
        func reports() -> [Site.Report] {
            watch.output.split(separator: "\n").compactMap { try? JSONDecoder().decode(Site.Report.self, from: Data($0.utf8)) }
        }
        #expect(await eventually { reports().count == 1 }, "\(watch.output)")
        try breakSomething()
        #expect(await eventually { reports().last?.certificates.count == 2 }, "\(watch.output)")
        watch.send(signal: SIGINT)
        #expect(await watch.end(within: .seconds(10)) == .exited(3), "\(watch.output)")
        #expect(reports().count == watch.output.split(separator: "\n").count && reports().count < 5, "\(watch.output)")
    }

    @Test(.enabled(if: Tmux.isInstalled, "tmux is not installed: install it to see --watch on a terminal"))
    func `a terminal is redrawn in place, follows its size, and is given back as it was`() async throws {
        let server = try await serve()
        let terminal = try await Tmux(columns: 100, rows: 24, in: site.folder)
        do {
            try await watch(server, terminal)
        } catch {
            await terminal.close()
            throw error
        }
        await terminal.close()
    }

    private func expect(_ terminal: Tmux, shows text: String, at place: SourceLocation = #_sourceLocation) async throws {
        let isShown = try await eventually { try await terminal.screen().contains(text) }
        let screen = try await terminal.screen()
        #expect(isShown, "\(text) in:\n\(screen)", sourceLocation: place)
    }

    private func watch(_ server: Server, _ terminal: Tmux) async throws {
        try await terminal.type("echo was here before")
        try await terminal.type("\(Site.program) status --watch --server \(try url(of: server)); echo ended with $?")
        try await expect(terminal, shows: "1 certificate, which is fine")
        #expect(try await !terminal.screen().contains("was here before"))
        #expect(try await terminal.screen(styled: true).contains("\u{1B}[32m"))

        try breakSomething()
        try await expect(terminal, shows: "blocked")
        try await terminal.resize(columns: 40, rows: 6)
        try await expect(terminal, shows: "more lines")
        #expect(try await terminal.screen().split(separator: "\n").allSatisfy { $0.count <= 40 })
        try await terminal.resize(columns: 200, rows: 30)
        try await expect(terminal, shows: "ISSUER")

        let admin = try #require(server.admin)
        server.process.send(signal: SIGTERM)
        _ = await server.process.end(within: .seconds(20))
        try await expect(terminal, shows: "not up to date")
        try await expect(terminal, shows: "nothing answers at http://\(admin)")

        try await terminal.press("C-c")
        try await expect(terminal, shows: "ended with 3")
        #expect(try await terminal.screen().contains("was here before"))
        // Nothing was cleared before it was written anew: that is what flickers.
        #expect(!terminal.raw.contains("\u{1B}[2J") && terminal.raw.contains("\u{1B}[?1049l"))
        try await terminal.type("echo echo works")
        try await expect(terminal, shows: "\necho works")
    }

    @Test(
        .enabled(if: Tmux.isInstalled, "tmux is not installed: install it to see colours on a terminal"),
        arguments: ["NO_COLOR=1", "TERM=dumb"])
    func `colours are left out where they are not welcome`(environment: String) async throws {
        let server = try await serve()
        let terminal = try await Tmux(columns: 100, rows: 24, environment: [environment], in: site.folder)
        try await terminal.type("\(Site.program) status --server \(try url(of: server))")
        let isShown = try await eventually { try await terminal.screen().contains("which is fine") }
        let screen = try await terminal.screen(styled: true)
        await terminal.close()
        #expect(isShown && !screen.contains("\u{1B}["), "\(screen)")
    }
}
