import Core
import DNS
import TestKit
import Testing

@Suite("Updates of a real BIND 9, RFC 2136 and RFC 8945", .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"))
struct BindTests {
    @Test func `every algorithm adds and removes one value, over UDP and TCP, and leaves the others`() async throws {
        let keys = UpdatePeer.keys
        let bind = try await DNSBind(records: ["*.w IN TXT wildcard"], keys: keys)
        try await UpdatePeer(port: bind.port).addAndRemove(keys)
    }

    @Test func `a value of several character-strings, and one with quotes, arrive as they are`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [key])
        let updater = UpdatePeer(port: bind.port).updater(.tcp, try UpdatePeer.key(key))
        let name = try DomainName("_validation-persist.example.test")
        let long = String(repeating: "0123456789", count: 60)
        let strange = "ca.test; accounturi=\"x\\y\" é"
        try await updater.add(long, at: name)
        try await updater.add(strange, at: name)
        #expect(try await UpdatePeer(port: bind.port).values(name) == [long, strange])
        try await updater.delete(long, at: name)
        #expect(try await UpdatePeer(port: bind.port).values(name) == [strange])
    }

    @Test(arguments: [DynamicUpdate.Transport.udp, .tcp])
    func `a wrong key, secret or algorithm is refused in words`(transport: DynamicUpdate.Transport) async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [key])
        let name = try DomainName("_acme-challenge.example.test")
        func error(_ name: DomainName, _ key: TSIGKey?) async -> DNSError? {
            await failure { () async throws(DNSError) in try await UpdatePeer(port: bind.port).updater(transport, key).add("v", at: name) }
        }
        let good = try UpdatePeer.key(key)
        let other = try TSIGKey(name: DomainName("other"), algorithm: .hmacSHA256, secretBase64: Array(key.secret.utf8))
        #expect(await error(name, other)?.code == .signature(.badKey))
        let secret = try TSIGKey(name: good.name, algorithm: .hmacSHA256, secretBase64: Array("d3Jvbmc=".utf8))
        let badSignature = try #require(await error(name, secret))
        #expect(badSignature.code == .signature(.badSignature))
        #expect(
            badSignature.description.hasPrefix(
                "adding a TXT record of _acme-challenge.example.test in zone example.test at 127.0.0.1:\(bind.port): the server answered BADSIG"
            ))
        #expect(!badSignature.description.contains("d3Jvbmc"))
        let algorithm = try TSIGKey(name: good.name, algorithm: .hmacSHA512, secretBase64: Array(key.secret.utf8))
        #expect(await error(name, algorithm)?.code == .signature(.badKey))
        #expect(await error(name, nil)?.code == .refused(.refused))
        #expect(try await UpdatePeer(port: bind.port).values(name).isEmpty)
    }

    @Test func `a zone of somebody else is NOTAUTH, and a name outside the zone is not even sent`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [key])
        let updater = UpdatePeer(port: bind.port).updater(.tcp, try UpdatePeer.key(key))
        let foreign = try DomainName("_acme-challenge.example.net")
        let error = await failure { () async throws(DNSError) in try await updater.add("v", at: foreign, zone: DomainName("example.net")) }
        #expect(error?.code == .refused(.notAuthoritative))
        let outside = await failure { () async throws(DNSError) in try await updater.add("v", at: foreign, zone: DomainName("example.test"))
        }
        #expect(outside?.description.contains("is not within the zone example.test") == true)
        guard case .refused = await failure({ () async throws(DNSError) in try await updater.add("v", at: foreign) })?.code else {
            Issue.record("a zone was found for a name that the server does not know")
            return
        }
    }

    @Test func `a server given by its host name is updated, and names the zone`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [key])
        let nobody = DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(try FreePort.one()))])
        let updater = DynamicUpdate(
            nameserver: try Nameserver("localhost:\(bind.port)"), transport: .tcp, key: try UpdatePeer.key(key), resolver: nobody)
        let name = try DomainName("_acme-challenge.example.test")
        try await updater.add("v", at: name)
        #expect(try await UpdatePeer(port: bind.port).values(name) == ["v"])
    }

    @Test func `the check of all authoritative servers sees the update`() async throws {
        let key = DNSBind.Key(name: "k", algorithm: "hmac-sha512")
        let bind = try await DNSBind(keys: [key])
        let port = UInt16(bind.port)
        let resolver = DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: port)], authoritativePort: port)
        let check = AuthoritativeCheck(resolver: resolver)
        let name = try DomainName("_acme-challenge.www.example.test")
        #expect(await !check.txt(name, has: "v").isEverywhere)
        try await UpdatePeer(port: bind.port).updater(.udp, try UpdatePeer.key(key)).add("v", at: name)
        let report = await check.txt(name, has: "v")
        #expect(report.isEverywhere, "\(report)")
        #expect(report.verdicts.map(\.server) == ["ns.example.test"])
    }
}
