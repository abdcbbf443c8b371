import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import NIOSSL
import PKI
import TestKit
import Testing

@testable import Proxy

/// What NIOSSL has no interface for, seen from outside: an update of it that takes this away fails here.
@Suite("OCSP responses in handshakes, RFC 6066 §8, RFC 8446 §4.4.2.1") struct StaplingTests {
    /// A certificate of a CA with a responder, in a Secret.
    private struct Scene {
        let ca: RevocationCA
        let leaf: Certificate
        let secret: KubernetesObject

        init() async throws {
            ca = try await RevocationCA()
            leaf = try await ca.issue("app.test", responders: ["http://ocsp.test/"])
            let files = [
                "tls.crt": try ca.folder.read("app.test.pem") + ca.folder.read("ca.pem"), "tls.key": try ca.folder.read("app.test.key"),
            ]
            secret = .secret(
                Secret(
                    metadata: ObjectMeta(namespace: "shop", name: "app"), type: "kubernetes.io/tls",
                    data: files.mapValues { Array($0.utf8) }))
        }

        func staple(days: Int = 2) async throws -> OCSPStaple {
            let request = try OCSPRequest(for: leaf, issuer: ca.certificate).der
            return OCSPStaple(der: try await ca.respond(to: request, ["-ndays", String(days)]), end: Date() + Double(days) * 86_400)
        }
    }

    /// What `openssl s_client` says about a handshake that asks for a response.
    private func handshake(_ world: World, _ options: String...) async throws -> String {
        let words = ["openssl", "s_client", "-status", "-connect", "127.0.0.1:\(world.https)", "-servername", "app.test"]
        return try await Command.run(words + options).output
    }

    private func update(_ output: String) -> String? {
        output.split(separator: "\n").first { $0.contains("Next Update:") }.map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
    }

    @Test(arguments: [("intermediate", "-tls1_2"), ("intermediate", "-tls1_3"), ("modern", "-tls1_3")])
    func `whoever asks gets the response, byte for byte, and a newer one takes its place`(policy: String, version: String) async throws {
        let (backend, scene) = (try Backend.echo(), try await Scene())
        try await withWorld(threads: 2, policy: policy, Make.site("app.test", ports: [backend.port], tls: "app") + [scene.secret]) {
            world in
            let credential = try #require(world.credential(for: "app.test"))
            #expect(try await handshake(world, version).contains("OCSP response: no response sent"))

            let first = try await scene.staple()
            credential.staple = first
            let good = try await handshake(world, version, "-CAfile", scene.ca.folder.path + "/ca.pem")
            #expect(good.contains("OCSP Response Status: successful") && good.contains("Cert Status: good"), "\(good)")
            #expect(good.contains("Serial Number: 1000") && good.contains("Verify return code: 0 (ok)"))
            // Who does not ask is served the same.
            let plain = try await Command.run(
                [
                    "curl", "-sk", "-o/dev/null", "-w%{http_code}", "--resolve", "app.test:\(world.https):127.0.0.1",
                    "https://app.test:\(world.https)/",
                ])
            #expect(plain.output == "200")

            credential.staple = try await scene.staple(days: 9)
            let second = try await handshake(world, version)
            #expect(second.contains("Cert Status: good") && update(second) != nil && update(second) != update(good))

            credential.staple = nil
            #expect(try await handshake(world, version).contains("OCSP response: no response sent"))
            #expect(world.server.contextCount == 1 && !world.server.refusesStaples)
        }
    }

    @Test func `a session from before another response is not resumed, and nothing breaks`() async throws {
        let (backend, scene) = (try Backend.echo(), try await Scene())
        try await withWorld(Make.site("app.test", ports: [backend.port], tls: "app") + [scene.secret]) { world in
            let credential = try #require(world.credential(for: "app.test"))
            credential.staple = try await scene.staple()
            let session = scene.ca.folder.path + "/session.pem"
            #expect(try await handshake(world, "-tls1_2", "-sess_out", session).contains("New, TLSv1.2"))
            #expect(try await handshake(world, "-tls1_2", "-sess_in", session).contains("Reused, TLSv1.2"))
            credential.staple = try await scene.staple(days: 9)
            let new = try await handshake(world, "-tls1_2", "-sess_in", session)
            #expect(new.contains("New, TLSv1.2") && new.contains("Cert Status: good"))
        }
    }

    @Test func `sessions are resumed by ticket, and none is kept here for clients without`() async throws {
        let (backend, scene) = (try Backend.echo(), try await Scene())
        try await withWorld(Make.site("app.test", ports: [backend.port], tls: "app") + [scene.secret]) { world in
            let session = try await handshake(world, "-tls1_2", "-no_ticket")
            #expect(session.contains("New, TLSv1.2") && session.contains("Session-ID: \n"), "\(session)")
        }
    }

    @Test func `another certificate in the Secret begins without a response`() async throws {
        let (backend, scene, other) = (try Backend.echo(), try await Scene(), try await Scene())
        try await withWorld(Make.site("app.test", ports: [backend.port], tls: "app") + [scene.secret]) { world in
            try #require(world.credential(for: "app.test")).staple = try await scene.staple()
            #expect(try await handshake(world).contains("Cert Status: good"))
            world.put([other.secret])
            await world.server.published()
            #expect(try await handshake(world).contains("OCSP response: no response sent"))
            try #require(world.credential(for: "app.test")).staple = try await other.staple()
            #expect(try await handshake(world, "-CAfile", other.ca.folder.path + "/ca.pem").contains("Cert Status: good"))
        }
    }

    @Test func `an NIOSSL that keeps its context elsewhere is left alone`() throws {
        final class Renamed: Sendable { let boringContext = 1 }
        final class Retyped: Sendable { let sslContext = 1 }
        #expect(unsafe NIOSSLContext.pointer(of: Renamed()) == nil)
        #expect(unsafe NIOSSLContext.pointer(of: Retyped()) == nil)
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        #expect(unsafe NIOSSLContext.pointer(of: context) != nil)
    }
}
