import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@testable import ACME

/// A process that dies at one moment: from then on nothing that it does has an effect.
final class Doom: Sendable {
    struct Dead: Error {}
    private let state: Mutex<(moment: Int, dies: Int)>

    /// Dies at the given moment, counted from 1.
    init(at moment: Int) { state = Mutex((0, moment)) }

    /// One moment at which the process may die.
    func pass() throws(Dead) {
        let isDead = state.withLock { state in
            state.moment += 1
            return state.moment >= state.dies
        }
        if isDead { throw Dead() }
    }

    var isDead: Bool { state.withLock { $0.moment >= $0.dies } }
}

/// Everything that has an effect outside of the process, with a moment before and a moment after each effect.
struct Mortal: ACMETransport, OrderJournal, AccountStore, ChallengeResponder {
    let transport: any ACMETransport
    let journal: MemoryJournal
    let accounts: MemoryAccountStore
    let web: any ChallengeResponder
    let doom: Doom

    func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
        do { try doom.pass() } catch { throw ACMETransportError(.cancelled, "dead") }
        let response = try await transport.send(request)
        do { try doom.pass() } catch { throw ACMETransportError(.cancelled, "dead") }
        return response
    }

    func save(_ record: OrderRecord) async throws { try await around { try await journal.save(record) } }
    func load() async throws -> AccountRecord? { try await around { try await accounts.load() } }
    func create(_ record: AccountRecord) async throws -> AccountRecord { try await around { try await accounts.create(record) } }
    func update(_ record: AccountRecord) async throws { try await around { try await accounts.update(record) } }
    func replaceKeys(_ record: AccountRecord, of old: SecretBytes) async throws {
        try await around { try await accounts.replaceKeys(record, of: old) }
    }
    func present(_ challenge: PresentedChallenge) async throws { try await around { try await web.present(challenge) } }
    func remove(_ challenge: PresentedChallenge) async { try? await around { await web.remove(challenge) } }

    func around<R>(_ effect: () async throws -> R) async throws -> R {
        try doom.pass()
        let result = try await effect()
        try doom.pass()
        return result
    }

    /// One life of the controller: goes on with what is stored until it has the certificate or dies.
    func live(_ directoryURL: String, _ time: any TimeSource, _ wardrobe: Wardrobe, _ names: [String]) async throws {
        let client = try ACMEClient(directoryURL: directoryURL, transport: self, time: time)
        let manager = AccountManager(client: client, store: self, settings: AccountManager.Settings(contact: ["mailto:a@example.com"]))
        let request = OrderRequest(identifiers: try names.map { try ACMEIdentifier(parsing: $0) })
        if wardrobe.secret == nil {
            let issued = try await manager.withAccount { account throws(ACMEError) in
                try await OrderDriver(client: client, account: account, journal: self, responder: self, time: time)
                    .run(request, resuming: journal.latest)
            }
            try await around { wardrobe.store(issued) }
        }
        try await around { journal.delete() }
    }
}

/// What survives apart from the bench: the Secret with the certificate.
final class Wardrobe: Sendable {
    private let stored = Mutex<IssuedCertificate?>(nil)
    var secret: IssuedCertificate? { stored.withLock { $0 } }
    func store(_ issued: IssuedCertificate) { stored.withLock { $0 = issued } }
}

@Suite("Crashes: no lost key, no second account, no torn state")
struct CrashTests {
    private static func live(_ bench: Bench, _ wardrobe: Wardrobe, _ names: [String], doom: Doom) async throws {
        let mortal = Mortal(transport: bench.ca, journal: bench.journal, accounts: bench.accounts, web: bench.web, doom: doom)
        try await mortal.live(FakeCA.directoryURL, bench.time, wardrobe, names)
    }

    private static func check(_ bench: Bench, _ wardrobe: Wardrobe, ordersMax: Int, _ what: Comment) async throws {
        let counts = await bench.ca.counts
        #expect(counts.accounts == 1, what)
        #expect(counts.orders <= ordersMax, what)
        let secret = try #require(wardrobe.secret, what)
        let key = try PrivateKey(pem: secret.keyPEM)
        #expect(key.matches(secret.keyPair.leaf), what)
        // Every certificate that the CA ever issued is for the key that we hold.
        #expect(await bench.ca.issuedKeys.allSatisfy { $0 == key.publicKeyDER }, what)
        #expect(try bench.journal.load() == nil, what)
    }

    /// What must be true after every crash: whatever was issued, its key is still there.
    private static func checkKeyIsKept(_ bench: Bench, _ wardrobe: Wardrobe, _ what: Comment) async throws {
        let pems = try [bench.journal.load()?.privateKeyPEM, wardrobe.secret?.keyPEM].compactMap { $0 }
        let kept = try pems.map { try PrivateKey(pem: $0).publicKeyDER }
        for issued in await bench.ca.issuedKeys { #expect(kept.contains(issued), what) }
    }

    struct World: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let names: [String]
        let settings: @Sendable (inout FakeCA.Settings) -> Void
    }

    static let worlds = [
        World(testDescription: "one name", names: ["a.example"]) { _ in },
        World(testDescription: "two names, slow CA, reuse", names: ["a.example", "b.example"]) {
            $0.authorizationPolls = 1
            $0.processingPolls = 1
            $0.reusesAuthorizations = true
            $0.reusesOrders = true
        },
        World(testDescription: "bad nonces, an alternate chain", names: ["a.example"]) {
            $0.badNonceRate = 0.2
            $0.offersAlternate = true
        },
    ]

    @Test(arguments: worlds) func `a crash at any moment is resumed`(world: World) async throws {
        var moment = 1
        while true {
            let bench = try Bench(world.settings)
            let wardrobe = Wardrobe()
            let doom = Doom(at: moment)
            try? await Self.live(bench, wardrobe, world.names, doom: doom)
            guard doom.isDead else { break }
            try await Self.checkKeyIsKept(bench, wardrobe, "crash at moment \(moment)")
            // An order that was written down is gone on with; one that was not is lost to us, and another is made.
            let hasOrder = bench.journal.latest?.orderURL != nil || wardrobe.secret != nil
            try await Self.live(bench, wardrobe, world.names, doom: Doom(at: .max))
            try await Self.check(bench, wardrobe, ordersMax: hasOrder ? 1 : 2, "crash at moment \(moment)")
            moment += 1
        }
        // Two moments for each request, record and challenge.
        #expect(moment > 30)
    }

    @Test(arguments: 1...60) func `crashes again and again are survived`(seed: Int) async throws {
        var random = SplitMix64(seed: UInt64(seed))
        let bench = try Bench {
            $0.badNonceRate = 0.05
            $0.seed = UInt64(seed)
            $0.authorizationPolls = seed % 3
            $0.processingPolls = seed % 2
            $0.reusesAuthorizations = seed % 2 == 0
        }
        let wardrobe = Wardrobe()
        var lives = 0
        while true {
            lives += 1
            let doom = Doom(at: lives < 12 ? Int.random(in: 1...50, using: &random) : .max)
            try? await Self.live(bench, wardrobe, ["a.example", "b.example"], doom: doom)
            try await Self.checkKeyIsKept(bench, wardrobe, "seed \(seed), life \(lives)")
            if !doom.isDead { break }
        }
        try await Self.check(bench, wardrobe, ordersMax: lives, "seed \(seed), \(lives) lives")
    }

    @Test func `a CA that forgot the order between two lives gets a new order for the same key`() async throws {
        var moment = 1
        while true {
            let bench = try Bench()
            let wardrobe = Wardrobe()
            let doom = Doom(at: moment)
            try? await Self.live(bench, wardrobe, ["a.example"], doom: doom)
            guard doom.isDead else { break }
            await bench.ca.forgetOrders()
            try await Self.live(bench, wardrobe, ["a.example"], doom: Doom(at: .max))
            try await Self.check(bench, wardrobe, ordersMax: 2, "crash at moment \(moment)")
            moment += 1
        }
    }

    @Test func `a CA that validated while we were dead gets a new order and not a verdict`() async throws {
        let bench = try Bench()
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let first = OrderDriver(
            client: driver.client, account: driver.account, journal: bench.journal, responder: DeafWeb(), time: bench.time)
        let error = await failure { () throws(ACMEError) in try await first.run(request, resuming: nil) }
        #expect(error?.code == .authorizationFailed)
        // As if the run had died before it wrote that down.
        let record = try #require(try bench.journal.load())
        var text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        let url = "https://ca.test/order/2"
        text = text.replacing("{\"", with: "{\"orderURL\":\"\(url)\",\"", maxReplacements: 1)
        let old = try JSONDecoder().decode(OrderRecord.self, from: Data(text.utf8))
        #expect(old.orderURL == url)
        let issued = try await driver.run(request, resuming: old)
        #expect(try PrivateKey(pem: old.privateKeyPEM).matches(issued.keyPair.leaf))
        #expect(await bench.ca.counts.orders == 2)
    }
}

/// Takes challenges and serves none.
struct DeafWeb: ChallengeResponder {
    func present(_ challenge: PresentedChallenge) async throws {}
    func remove(_ challenge: PresentedChallenge) async {}
}
