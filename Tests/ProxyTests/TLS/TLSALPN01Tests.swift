import Core
import NIOCore
import PKI
import Testing

@testable import Proxy

@Suite("tls-alpn-01, RFC 8737 §3, RFC 8738 §6") struct TLSALPN01Tests {
    private static let keyAuthorization = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

    /// What openssl says about a handshake that a CA's would be like.
    private func validate(_ port: Int, _ name: String, _ options: [String] = []) async throws -> String {
        let arguments = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", name, "-alpn", "acme-tls/1", "-ign_eof"]
        return try await Command.run(arguments + options, input: "GET / HTTP/1.1\r\nHost: \(name)\r\n\r\n").output
    }

    /// The certificate in what s_client printed, in openssl's words.
    private func certificate(in output: String) async throws -> String {
        guard let start = output.firstRange(of: "-----BEGIN CERTIFICATE-----"),
            let end = output.firstRange(of: "-----END CERTIFICATE-----")
        else { return "" }
        let pem = String(output[start.lowerBound..<end.upperBound]) + "\n"
        return try await Command.run(["openssl", "x509", "-noout", "-text"], input: pem).output
    }

    private func publish(_ world: World, _ challenges: [String: String]) async {
        world.server.publish(TLSALPN01Challenges(challenges))
        await world.server.published()
    }

    /// What s_client prints after the handshake, if anything was served.
    private func isSilent(_ output: String) -> Bool { !output.contains("HTTP/1.1 ") && !output.contains("echo") }

    @Test func `a published challenge is answered in the handshake, which ends the connection, beside the host's own certificate`()
        async throws
    {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app") + [try Make.secret("app", ["app.test"])]
        let digest = sha256(Array(Self.keyAuthorization.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        try await withWorld(threads: 2, policy: "modern", objects) { world in
            await publish(world, ["app.test": Self.keyAuthorization])
            for version in ["-tls1_2", "-tls1_3"] {
                let output = try await validate(world.https, "APP.test", [version])
                #expect(output.contains("ALPN protocol: acme-tls/1"))
                #expect(isSilent(output))
                let text = try await certificate(in: output)
                #expect(text.contains("1.3.6.1.5.5.7.1.31: critical"))
                // The octet string in the extension: 0x04 0x20 and the digest.
                let dump = try await dumped(output)
                #expect(dump.contains("OBJECT            :1.3.6.1.5.5.7.1.31\n") || dump.contains("1.3.6.1.5.5.7.1.31"))
                #expect(dump.lowercased().contains("0420" + digest))
                #expect(text.contains("DNS:app.test\n") && !text.contains("DNS:app.test,"))
            }
            let ordinary = try await Command.run(
                ["openssl", "s_client", "-connect", "127.0.0.1:\(world.https)", "-servername", "app.test", "-alpn", "acme-tls/1,http/1.1"]
            ).output
            #expect(ordinary.contains("ALPN protocol: http/1.1") && ordinary.contains("CN = app.test"))
            let served = try await Command.run([
                "curl", "-sk", "--max-time", "5", "--resolve", "app.test:\(world.https):127.0.0.1", "https://app.test:\(world.https)/x",
            ])
            #expect(served.output.hasPrefix("GET /x HTTP/1.1\n"))
        }
    }

    private func dumped(_ output: String) async throws -> String {
        guard let start = output.firstRange(of: "-----BEGIN CERTIFICATE-----"),
            let end = output.firstRange(of: "-----END CERTIFICATE-----")
        else { return "" }
        return try await Command.run(
            ["openssl", "asn1parse"], input: String(output[start.lowerBound..<end.upperBound]) + "\n"
        ).output.replacing("HEX DUMP]:", with: "")
    }

    @Test func `an address is asked for by its reverse name`() async throws {
        try await withWorld([]) { world in
            await publish(world, ["192.0.2.7": Self.keyAuthorization, "2001:DB8::7": Self.keyAuthorization])
            let four = try await certificate(in: validate(world.https, "7.2.0.192.in-addr.arpa"))
            #expect(four.contains("IP Address:192.0.2.7\n") && !four.contains("DNS:"))
            let nibbles = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
            let six = try await certificate(in: validate(world.https, nibbles))
            #expect(six.contains("IP Address:2001:DB8:0:0:0:0:0:7\n"))
        }
    }

    @Test func `without a challenge or a name there is an alert, not a certificate`() async throws {
        try await withWorld(Make.site("app.test", ports: [], tls: "app") + [try Make.secret("app", ["app.test"])]) { world in
            await publish(world, ["other.test": Self.keyAuthorization])
            for name in ["app.test", "unknown.test", "1.2.3.in-addr.arpa"] {
                let output = try await validate(world.https, name)
                #expect(output.contains("unrecognized name") && !output.contains("BEGIN CERTIFICATE"), "\(name)")
            }
            let nameless = try await Command.run([
                "openssl", "s_client", "-connect", "127.0.0.1:\(world.https)", "-noservername", "-alpn", "acme-tls/1",
            ]).output
            #expect(nameless.contains("unrecognized name") && !nameless.contains("BEGIN CERTIFICATE"))
            #expect(await eventually { await world.server.counters().handshakeFailures == 4 })
        }
    }

    @Test func `a challenge that was not published is looked up, once for many who ask`() async throws {
        let lookup = TestLookup(["new.test": Self.keyAuthorization, "192.0.2.7": Self.keyAuthorization])
        try await withWorld(threads: 2, [], tlsALPN01Lookup: { await lookup($0) }) { world in
            for _ in 0..<3 {
                let output = try await validate(world.https, "new.test")
                #expect(output.contains("ALPN protocol: acme-tls/1") && isSilent(output))
            }
            #expect(lookup.asked == ["new.test"])
            #expect(try await validate(world.https, "7.2.0.192.in-addr.arpa").contains("ALPN protocol: acme-tls/1"))
            #expect(try await validate(world.https, "none.test").contains("unrecognized name"))
            #expect(try await validate(world.https, "none.test").contains("unrecognized name"))
            #expect(lookup.asked == ["new.test", "192.0.2.7", "none.test"])
            let ordinary = try await Command.run(["openssl", "s_client", "-connect", "127.0.0.1:\(world.https)", "-servername", "x.test"])
            #expect(ordinary.output.contains("BEGIN CERTIFICATE"))
            #expect(lookup.asked.count == 3)
        }
    }

    @Test func `who leaves while a challenge is looked up takes the question back`() async throws {
        let lookup = TestLookup(["new.test": Self.keyAuthorization], isHeld: true)
        let hello = try HelloSamples.real(serverName: "new.test", protocols: ["acme-tls/1"])
        try await withWorld([], tlsALPN01Lookup: { await lookup($0) }) { world in
            try await Threads.run {
                let client = try TestPeer.connect(world.https)
                try client.socket.write(hello)
                client.socket.end()
            }
            #expect(await eventually { lookup.cancelled == 1 && lookup.running == 0 })
        }
    }

    @Test func `a lookup that takes too long, and a client that does not wait, end with an alert`() async throws {
        let lookup = TestLookup(isHeld: true)
        let hello = try HelloSamples.real(serverName: "new.test", protocols: ["acme-tls/1"])
        try await withWorld([], tlsALPN01Lookup: { await lookup($0) }) { world in
            let ends = try await Threads.run {
                let patient = try TestPeer.connect(world.https)
                try patient.socket.write(hello)
                let talker = try TestPeer.connect(world.https)
                try talker.socket.write(hello)
                // More than anybody has to say before he hears something.
                try talker.socket.write([UInt8](repeating: 0, count: ClientHelloReader.bytesKeptMax))
                return (try talker.readEnding().bytes, try patient.readEnding().bytes)
            }
            #expect(ends.0 == [21, 3, 3, 0, 2, 2, 10])
            #expect(ends.1 == [21, 3, 3, 0, 2, 2, 112])
        }
    }

    @Test func `contexts are kept for a while, and no more of them than may`() throws {
        let contexts = ChallengeContexts()
        let start = NIODeadline.now()
        let first = try contexts.context(for: "a.test", "1", now: start)
        #expect(try contexts.context(for: "a.test", "1", now: start) === first)
        #expect(try contexts.context(for: "a.test", "2", now: start) !== first)
        #expect(contexts.count == 1)
        let second = try contexts.context(for: "a.test", "2", now: start)
        #expect(try contexts.context(for: "a.test", "2", now: start + ChallengeLimits.contextTime) !== second)
        for number in 0..<ChallengeLimits.contextsMax - 1 { _ = try contexts.context(for: "\(number).test", "1", now: start) }
        #expect(contexts.count == ChallengeLimits.contextsMax)
        _ = try contexts.context(for: "last.test", "1", now: start)
        #expect(contexts.count <= 2)
    }

    @Test(
        arguments: [
            ("1.2.0.192.in-addr.arpa", "192.0.2.1"), ("01.2.0.192.in-addr.arpa", nil), ("256.2.0.192.in-addr.arpa", nil),
            ("2.0.192.in-addr.arpa", nil), ("9.1.2.0.192.in-addr.arpa", nil), ("in-addr.arpa", nil), ("ip6.arpa", nil), ("arpa", nil),
            ("x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", nil),
            ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::1"),
            ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", nil), ("1.2.0.192.in-addr.test", nil),
        ] as [(String, String?)])
    func `reverse names stand for addresses`(name: String, address: String?) {
        #expect(ReverseName.address(of: name) == address)
    }
}
