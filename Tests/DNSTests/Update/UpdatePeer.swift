import Core
import DNS
import TestKit
import Testing

/// A real name server on this machine that takes updates of `example.test`.
struct UpdatePeer {
    let port: Int

    static func key(_ key: DNSBind.Key) throws -> TSIGKey {
        let algorithm = try #require(TSIGAlgorithm(parsing: key.algorithm))
        return try TSIGKey(name: DomainName(key.name), algorithm: algorithm, secretBase64: Array("\(key.secret)\n".utf8))
    }

    /// One key for each algorithm.
    static var keys: [DNSBind.Key] { TSIGAlgorithm.allCases.map { DNSBind.Key(name: "key-\($0)", algorithm: "\($0)") } }

    func updater(_ transport: DynamicUpdate.Transport, _ key: TSIGKey?) -> DynamicUpdate {
        let server = Nameserver(host: "127.0.0.1", port: UInt16(port))
        return DynamicUpdate(nameserver: server, transport: transport, key: key, resolver: DNSResolver(nameservers: [server]))
    }

    func values(_ name: DomainName) async throws -> Set<String> {
        Set(try await DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(port))]).txt(name))
    }

    /// Adds and removes one value beside another with every key, over UDP and TCP.
    func addAndRemove(_ keys: [DNSBind.Key]) async throws {
        for key in keys {
            for transport in [DynamicUpdate.Transport.udp, .tcp] {
                let updater = updater(transport, try UpdatePeer.key(key))
                let name = try DomainName("_acme-challenge.\(key.name)-\(transport.rawValue).example.test")
                try await updater.add("one", at: name)
                try await updater.add("two", at: name, ttl: 120)
                try await updater.add("two", at: name)
                #expect(try await values(name) == ["one", "two"], "\(key.algorithm) \(transport)")
                try await updater.delete("one", at: name)
                try await updater.delete("one", at: name)
                #expect(try await values(name) == ["two"], "\(key.algorithm) \(transport)")
                try await updater.delete("two", at: name, zone: DomainName("example.test"))
                #expect(try await values(name).isEmpty, "\(key.algorithm) \(transport)")
            }
        }
    }
}
