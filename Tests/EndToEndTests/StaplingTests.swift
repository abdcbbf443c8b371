import Foundation
import TestKit
import Testing

@Suite("OCSP stapling end to end, with openssl's responder: RFC 6066 §8, RFC 7633") struct StaplingTests {
    let site: Site

    init() throws { site = try Site() }

    private func handshake(_ port: Int, _ options: [String]) async throws -> String {
        try await ChildProcess.run(
            ["openssl", "s_client", "-status", "-connect", "127.0.0.1:\(port)", "-servername", "shop.example.test"] + options,
            in: site.folder
        ).output
    }

    private func write(_ ca: RevocationCA) throws {
        let chain = try ca.folder.read("shop.example.test.pem") + ca.folder.read("ca.pem")
        try site.write(
            Text.documents(
                Text.ingressClass, Text.ingress("shop", hosts: ["shop.example.test"], secret: "shop-tls", issuer: nil),
                Text.tlsSecret("shop-tls", certificate: chain, key: try ca.folder.read("shop.example.test.key"))),
            to: "all.yaml")
    }

    @Test(arguments: ["all", "proxy"])
    func `a responder in a network that is allowed is asked, and clients get what it says`(role: String) async throws {
        let ca = try await RevocationCA()
        let port = try FreePort.one()
        _ = try await ca.issue(
            "shop.example.test", responders: ["http://127.0.0.1:\(port)/"], more: ["tlsfeature = status_request"])
        // Only now, since it answers the first question by the index that it began with.
        let (_, responder) = try await ca.startResponder(port: port)
        try write(ca)
        let server = try site.serve(["--role", role, "--private-revocation-network", "127.0.0.0/8"])
        let https = try await server.ports().https
        for version in ["-tls1_2", "-tls1_3"] {
            #expect(
                try await eventually(within: .seconds(20)) { try await handshake(https, [version]).contains("Cert Status: good") },
                "\(version)")
        }
        #expect(try await !site.status(server).report.problems.contains { $0.subject == "secret web/shop-tls" })
        #expect(responder.isRunning)
    }

    @Test func `a responder in another network is not asked, and a must-staple certificate is a problem`() async throws {
        let ca = try await RevocationCA()
        _ = try await ca.issue("shop.example.test", responders: ["http://127.0.0.1:1/"], more: ["tlsfeature = status_request"])
        try write(ca)
        let server = try site.serve(["--private-revocation-network", "127.0.0.2"])
        let port = try await server.ports().https
        #expect(
            try await eventually(within: .seconds(20)) {
                try await site.status(server).report.problems.contains {
                    $0.subject == "secret web/shop-tls" && $0.message.hasPrefix("StapleMissing: ")
                        && $0.message.contains("is no public address")
                }
            })
        #expect(try await handshake(port, []).contains("OCSP response: no response sent"))
    }

    @Test func `what is no network is refused at the start`() async throws {
        let answer = try await site.certctl("serve", "--manifests", ".", "--state", "state", "--private-revocation-network", "10.0.0.1/8")
        #expect(answer.status == 2 && answer.output.contains("--private-revocation-network"), "\(answer)")
    }
}
