import Core
import DNS
import TestKit
import Testing

@Suite("Updates of a real Knot DNS, RFC 2136 and RFC 8945", .enabled(if: DNSKnot.isInstalled, "Knot's knotd is not installed"))
struct KnotTests {
    @Test func `every algorithm adds and removes one value, over UDP and TCP, and leaves the others`() async throws {
        let keys = UpdatePeer.keys
        let knot = try await DNSKnot(records: ["*.w IN TXT wildcard"], keys: keys)
        try await UpdatePeer(port: knot.port).addAndRemove(keys)
    }

    @Test func `a wildcard and its apex, written and removed at the same time, do not take each other's value`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let knot = try await DNSKnot(keys: [key])
        let name = try DomainName("_acme-challenge.example.test")
        let values = (0..<8).map { "value-\($0)" }
        let signed = try UpdatePeer.key(key)
        try await withThrowingTaskGroup { group in
            for value in values {
                group.addTask {
                    try await UpdatePeer(port: knot.port).updater(value.last == "0" ? .udp : .tcp, signed).add(value, at: name)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await UpdatePeer(port: knot.port).values(name) == Set(values))
        try await withThrowingTaskGroup { group in
            for value in values.dropLast() {
                group.addTask { try await UpdatePeer(port: knot.port).updater(.tcp, signed).delete(value, at: name) }
            }
            try await group.waitForAll()
        }
        #expect(try await UpdatePeer(port: knot.port).values(name) == ["value-7"])
    }

    @Test(arguments: [DynamicUpdate.Transport.udp, .tcp])
    func `a wrong key, secret or algorithm is refused in words`(transport: DynamicUpdate.Transport) async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let knot = try await DNSKnot(keys: [key])
        let name = try DomainName("_acme-challenge.example.test")
        func error(_ key: TSIGKey?) async -> DNSError? {
            await failure { () async throws(DNSError) in try await UpdatePeer(port: knot.port).updater(transport, key).add("v", at: name) }
        }
        let good = try UpdatePeer.key(key)
        let other = try TSIGKey(name: DomainName("other"), algorithm: .hmacSHA256, secretBase64: Array(key.secret.utf8))
        #expect(await error(other)?.code == .signature(.badKey))
        let secret = try TSIGKey(name: good.name, algorithm: .hmacSHA256, secretBase64: Array("d3Jvbmc=".utf8))
        let badSignature = try #require(await error(secret))
        #expect(badSignature.code == .signature(.badSignature) && !badSignature.description.contains("d3Jvbmc"))
        let algorithm = try TSIGKey(name: good.name, algorithm: .hmacSHA512, secretBase64: Array(key.secret.utf8))
        #expect(await error(algorithm)?.code == .signature(.badKey))
        // Unlike BIND, which says REFUSED.
        #expect(await error(nil)?.code == .refused(.notAuthoritative))
        #expect(try await UpdatePeer(port: knot.port).values(name).isEmpty)
    }

    @Test func `the check of all authoritative servers sees the update`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha512")
        let knot = try await DNSKnot(keys: [key])
        let port = UInt16(knot.port)
        let check = AuthoritativeCheck(
            resolver: DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: port)], authoritativePort: port))
        let name = try DomainName("_acme-challenge.www.example.test")
        #expect(await !check.txt(name, has: "v").isEverywhere)
        try await UpdatePeer(port: knot.port).updater(.udp, try UpdatePeer.key(key)).add("v", at: name)
        let report = await check.txt(name, has: "v")
        #expect(report.isEverywhere, "\(report)")
    }
}
