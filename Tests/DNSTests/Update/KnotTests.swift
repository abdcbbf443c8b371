import Core
import DNS
import TestKit
import Testing

@Suite("Updates of a real Knot DNS, RFC 2136 and RFC 8945", .enabled(if: DNSKnot.isInstalled, "Knot's knotd is not installed"))
struct KnotTests {
    private static func key(_ key: DNSBind.Key) throws -> TSIGKey {
        let algorithm = try #require(TSIGAlgorithm(parsing: key.algorithm))
        return try TSIGKey(name: DomainName(key.name), algorithm: algorithm, secretBase64: Array("\(key.secret)\n".utf8))
    }

    private static func updater(_ knot: DNSKnot, _ transport: DynamicUpdate.Transport, _ key: TSIGKey?) -> DynamicUpdate {
        let server = Nameserver(host: "127.0.0.1", port: UInt16(knot.port))
        return DynamicUpdate(nameserver: server, transport: transport, key: key, resolver: DNSResolver(nameservers: [server]))
    }

    private static func values(_ knot: DNSKnot, _ name: DomainName) async throws -> Set<String> {
        Set(try await DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(knot.port))]).txt(name))
    }

    @Test func `every algorithm adds and removes one value, over UDP and TCP, and leaves the others`() async throws {
        let keys = TSIGAlgorithm.allCases.map { DNSBind.Key(name: "key-\($0)", algorithm: "\($0)") }
        let knot = try await DNSKnot(records: ["*.w IN TXT wildcard"], keys: keys)
        for key in keys {
            for transport in [DynamicUpdate.Transport.udp, .tcp] {
                let updater = KnotTests.updater(knot, transport, try KnotTests.key(key))
                let name = try DomainName("_acme-challenge.\(key.name)-\(transport.rawValue).example.test")
                try await updater.add("one", at: name)
                try await updater.add("two", at: name, ttl: 120)
                try await updater.add("two", at: name)
                #expect(try await KnotTests.values(knot, name) == ["one", "two"], "\(key.algorithm) \(transport)")
                try await updater.delete("one", at: name)
                try await updater.delete("one", at: name)
                #expect(try await KnotTests.values(knot, name) == ["two"], "\(key.algorithm) \(transport)")
                try await updater.delete("two", at: name, zone: DomainName("example.test"))
                #expect(try await KnotTests.values(knot, name).isEmpty, "\(key.algorithm) \(transport)")
            }
        }
    }

    @Test func `a wildcard and its apex, written and removed at the same time, do not take each other's value`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let knot = try await DNSKnot(keys: [key])
        let name = try DomainName("_acme-challenge.example.test")
        let values = (0..<8).map { "value-\($0)" }
        let signed = try KnotTests.key(key)
        try await withThrowingTaskGroup { group in
            for value in values {
                group.addTask { try await KnotTests.updater(knot, value.last == "0" ? .udp : .tcp, signed).add(value, at: name) }
            }
            try await group.waitForAll()
        }
        #expect(try await KnotTests.values(knot, name) == Set(values))
        try await withThrowingTaskGroup { group in
            for value in values.dropLast() { group.addTask { try await KnotTests.updater(knot, .tcp, signed).delete(value, at: name) } }
            try await group.waitForAll()
        }
        #expect(try await KnotTests.values(knot, name) == ["value-7"])
    }

    @Test(arguments: [DynamicUpdate.Transport.udp, .tcp])
    func `a wrong key, secret or algorithm is refused in words`(transport: DynamicUpdate.Transport) async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let knot = try await DNSKnot(keys: [key])
        let name = try DomainName("_acme-challenge.example.test")
        func error(_ key: TSIGKey?) async -> DNSError? {
            await failure { () async throws(DNSError) in try await KnotTests.updater(knot, transport, key).add("v", at: name) }
        }
        let good = try KnotTests.key(key)
        let other = try TSIGKey(name: DomainName("other"), algorithm: .hmacSHA256, secretBase64: Array(key.secret.utf8))
        #expect(await error(other)?.code == .signature(.badKey))
        let secret = try TSIGKey(name: good.name, algorithm: .hmacSHA256, secretBase64: Array("d3Jvbmc=".utf8))
        let badSignature = try #require(await error(secret))
        #expect(badSignature.code == .signature(.badSignature) && !badSignature.description.contains("d3Jvbmc"))
        let algorithm = try TSIGKey(name: good.name, algorithm: .hmacSHA512, secretBase64: Array(key.secret.utf8))
        #expect(await error(algorithm)?.code == .signature(.badKey))
        // Unlike BIND, which says REFUSED.
        #expect(await error(nil)?.code == .refused(.notAuthoritative))
        #expect(try await KnotTests.values(knot, name).isEmpty)
    }

    @Test func `the check of all authoritative servers sees the update`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha512")
        let knot = try await DNSKnot(keys: [key])
        let port = UInt16(knot.port)
        let check = AuthoritativeCheck(
            resolver: DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: port)], authoritativePort: port))
        let name = try DomainName("_acme-challenge.www.example.test")
        #expect(await !check.txt(name, has: "v").isEverywhere)
        try await KnotTests.updater(knot, .udp, try KnotTests.key(key)).add("v", at: name)
        let report = await check.txt(name, has: "v")
        #expect(report.isEverywhere, "\(report)")
    }
}
