import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Proxy

@Suite("TLS policies of hosts, RFC 6797") struct TLSPolicyTests {
    private static let policies = """
        apiVersion: certctl.dev/v1alpha1
        kind: TLSPolicy
        metadata: {name: strict}
        spec:
          minVersion: "1.3"
          maxVersion: "1.3"
          curves: [X25519MLKEM768]
          hsts: {maxAge: 31536000, includeSubDomains: true, preload: true}
        ---
        apiVersion: certctl.dev/v1alpha1
        kind: TLSPolicy
        metadata: {name: silent}
        spec: {minVersion: "1.2", maxVersion: "1.2", cipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curves: [P-384], alpn: []}

        """

    private func handshake(_ port: Int, _ name: String, _ options: [String] = []) async throws -> String {
        try await Command.run(["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", name] + options).output
    }

    private func head(_ world: World, _ host: String, sni: String? = nil, _ options: [String] = []) async throws -> String {
        let name = sni ?? host
        return try await Command.run(
            [
                "curl", "-sk", "-D-", "-o/dev/null", "--max-time", "5", "--resolve", "\(name):\(world.https):127.0.0.1", "-H",
                "Host: \(host)",
            ]
                + options + ["https://\(name):\(world.https)/"]
        ).output
    }

    /// The values of the field in a head.
    private func hsts(_ head: String) -> [String] {
        head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("strict-transport-security:") }.map { String($0.dropFirst(27)) }
    }

    /// Answers with a policy of its own.
    private static func backend() throws -> Backend {
        try Backend { peer, _ in
            while true {
                _ = try peer.readRequest()
                try peer.write("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n")
            }
        }
    }

    @Test func `each host has the versions, suites, curves and ALPN of its policy`() async throws {
        let backend = try Backend.echo()
        let objects =
            Make.site("old.test", ports: [backend.port], tls: "all", policy: "silent")
            + Make.site("*.new.test", ports: [backend.port], tls: "all", policy: "modern")
            + Make.site("plain.test", ports: [backend.port], tls: "all") + [
                try Make.secret("all", ["old.test", "*.new.test", "plain.test"])
            ]
        try await withWorld(threads: 2, objects, policies: Self.policies) { world in
            let old = try await handshake(world.https, "old.test", ["-alpn", "http/1.1"])
            #expect(old.contains("TLSv1.2") && old.contains("ECDHE-ECDSA-AES256-GCM-SHA384") && old.contains("secp384r1"))
            #expect(old.contains("No ALPN negotiated"))
            #expect(try await handshake(world.https, "old.test", ["-tls1_3"]).contains("alert protocol version"))
            #expect(try await handshake(world.https, "a.new.test", ["-tls1_2"]).contains("alert protocol version"))
            #expect(try await handshake(world.https, "a.new.test").contains("TLSv1.3"))
            for name in ["plain.test", "unknown.test"] {
                #expect(
                    try await handshake(world.https, name, ["-tls1_2", "-alpn", "http/1.1"]).contains("ALPN protocol: http/1.1"), "\(name)")
            }
            // One credential, three policies; and the placeholder.
            #expect(world.server.contextCount == 4)
        }
    }

    @Test func `the hybrid post-quantum key exchange is agreed on where it alone is allowed`() async throws {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app", policy: "strict") + [try Make.secret("app", ["app.test"])]
        try await withWorld(objects, policies: Self.policies) { world in
            #expect(try await handshake(world.https, "app.test").contains("alert handshake failure"))
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            configuration.curves = [NIOTLSCurve(rawValue: 0x11EC)]
            let leaf = try await TLSClient.certificate(world.https, configuration, on: MultiThreadedEventLoopGroup.singleton)
            #expect(!leaf.isEmpty)
        }
    }

    @Test func `HSTS goes by the host of the request, replaces the upstream's, and is never said in the clear`() async throws {
        let backend = try Self.backend()
        let objects =
            Make.site("app.test", ports: [backend.port], tls: "all", policy: "modern")
            + Make.site("gone.test", ports: [], tls: "all", policy: "hsts")
            + Make.site("hsts.test", ports: [backend.port], policy: "hsts") + Make.site("plain.test", ports: [backend.port], tls: "all")
            + [try Make.secret("all", ["app.test", "gone.test", "hsts.test", "plain.test"])]
        let policies = """
            apiVersion: certctl.dev/v1alpha1
            kind: TLSPolicy
            metadata: {name: hsts}
            spec: {minVersion: "1.3", maxVersion: "1.3", curves: [X25519], hsts: {maxAge: 63072000, includeSubDomains: true}}
            """
        let said = "max-age=63072000; includeSubDomains"
        try await withWorld(objects, policies: policies) { world in
            #expect(try await hsts(head(world, "hsts.test")) == [said])
            #expect(try await hsts(head(world, "hsts.test", sni: "plain.test")) == [said])
            #expect(try await hsts(head(world, "plain.test", sni: "hsts.test")) == ["max-age=1"])
            #expect(try await hsts(head(world, "app.test")) == ["max-age=1"])
            // Our own answers too: there is no endpoint, and no such method.
            let unavailable = try await head(world, "gone.test")
            #expect(unavailable.hasPrefix("HTTP/1.1 503 ") && hsts(unavailable) == [said])
            #expect(try await hsts(head(world, "hsts.test", ["-X", "TRACE"])) == [said])
            // The redirect to https and what is routed in the clear.
            let redirect = try await world.exchange("GET / HTTP/1.1\r\nHost: gone.test\r\n\r\n")
            #expect(redirect.status == 308 && redirect["Strict-Transport-Security"] == nil)
            let clear = try await world.exchange("GET / HTTP/1.1\r\nHost: hsts.test\r\n\r\n")
            #expect(clear.all("Strict-Transport-Security") == ["max-age=1"])
        }
    }

    @Test func `another set of policies holds from the next handshake on, and for requests at once`() async throws {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app", policy: "strict") + [try Make.secret("app", ["app.test"])]
        try await withWorld(objects, policies: Self.policies) { world in
            #expect(try await handshake(world.https, "app.test").contains("alert handshake failure"))
            try world.adopt(
                """
                apiVersion: certctl.dev/v1alpha1
                kind: TLSPolicy
                metadata: {name: strict}
                spec: {minVersion: "1.3", maxVersion: "1.3", curves: [X25519], hsts: {maxAge: 0}}
                """)
            await world.server.published()
            #expect(try await hsts(head(world, "app.test")) == ["max-age=0"])
            #expect(world.server.contextCount == 1)
            // It goes, and its last definition stays.
            try world.adopt("")
            await world.server.published()
            #expect(try await hsts(head(world, "app.test")) == ["max-age=0"])
            #expect(try await handshake(world.https, "app.test", ["-tls1_2"]).contains("alert protocol version"))
        }
    }
}
