import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("Crashes: at every write and every request, before and after it takes effect") struct CrashTests {
    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example", "b.example"]))
        return bench
    }

    /// Runs a process until it has died or has finished.
    private func run(_ bench: Bench, _ fate: Fate) async throws {
        try bench.start(fate)
        try await bench.eventually {
            if fate.isDead { return true }
            return try await bench.fact()?.state == .valid && bench.storedNames() == ["tls.yaml"]
        }
        await bench.stop()
    }

    @Test func `no key is lost, no account is made twice, no certificate is ordered twice`() async throws {
        let whole = try bench()
        let fate = Fate()
        try await run(whole, fate)
        let halfSteps = fate.halfSteps
        #expect(halfSteps > 30)
        for moment in 0..<halfSteps {
            let bench = try bench()
            try await run(bench, Fate(after: moment))
            try bench.start()
            let fact = try await bench.valid()
            try await bench.eventually { bench.storedNames() == ["tls.yaml"] && bench.web.tokens.isEmpty }
            let counts = await bench.ca.counts
            #expect(counts.accounts == 1, "died after \(moment) half steps")
            #expect(counts.certificates == 1, "died after \(moment) half steps")
            #expect(counts.orders <= 2, "died after \(moment) half steps")
            let keyPair = try await bench.keyPair()
            #expect(keyPair.leaf.serialNumber == fact.serialNumber, "died after \(moment) half steps")
            try await bench.eventually { bench.storedNames(namespace: "certctl-system") == ["le-account.yaml"] }
            await bench.stop()
        }
    }

    @Test func `a renewal that was asked for and interrupted is brought to its end`() async throws {
        for moment in stride(from: 1, to: 40, by: 3) {
            let bench = try bench()
            try await run(bench, Fate())
            let before = try await bench.keyPair().leaf.serialNumber
            let fate = Fate(after: moment)
            try bench.start(fate)
            try await bench.valid()
            try await bench.controller.renew(NamespacedName(namespace: "web", name: "tls"))
            try await bench.eventually {
                if fate.isDead { return true }
                guard let fact = try await bench.fact() else { return false }
                return fact.state == .valid && fact.serialNumber != before
            }
            await bench.stop()
            try bench.start()
            try await bench.valid()
            try await bench.eventually { bench.storedNames() == ["tls.yaml"] }
            let counts = await bench.ca.counts
            let serials = counts.certificates == 2 ? [try await bench.keyPair().leaf.serialNumber] : []
            // Whatever the CA issued has reached the Secret.
            #expect(counts.certificates == 1 || serials != [before], "died after \(moment) half steps")
            await bench.stop()
        }
    }

    @Test func `a record whose certificate is already written is dropped without asking the CA`() async throws {
        let bench = try bench()
        try await run(bench, Fate())
        let key = try await bench.keyPair()
        // What a crash between the last two steps leaves: the record of the order that gave the present certificate.
        let order = try await pendingOrder(of: key, bench)
        try await bench.plant(order)
        let requests = await bench.ca.counts.requests
        try bench.start()
        try await bench.eventually { bench.storedNames() == ["tls.yaml"] }
        try await bench.valid()
        // But for its directory, which tells whether it says when to renew.
        func others(_ requests: [FakeCA.Resource: Int]) -> [FakeCA.Resource: Int] { requests.filter { $0.key != .directory } }
        #expect(await others(bench.ca.counts.requests) == others(requests))
        await bench.stop()
    }

    /// A record as it stands just before it is deleted, made from one that a process left behind.
    private func pendingOrder(of keyPair: TLSKeyPair, _ bench: Bench) async throws -> Secret {
        let other = try self.bench()
        try await run(other, Fate(after: 20))
        var secret = try #require(try await other.storedSecret("certctl-order-tls"))
        let text = String(decoding: secret.data["order.json"] ?? [], as: UTF8.self)
        var json = try #require(try JSONDecoder().decode([String: JSONScalar].self, from: Data(text.utf8)) as [String: JSONScalar]?)
        json["privateKeyPEM"] = .string(String(decoding: keyPair.privateKeyPEM.copy(), as: UTF8.self))
        secret.data["order.json"] = Array(try JSONEncoder().encode(json))
        return secret
    }
}

/// Any JSON.
indirect enum JSONScalar: Codable {
    case string(String), number(Double), list([JSONScalar]), object([String: JSONScalar])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let list = try? container.decode([JSONScalar].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONScalar].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}
