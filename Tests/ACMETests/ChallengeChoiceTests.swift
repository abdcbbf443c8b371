import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@testable import ACME

/// Everything that a CA can look at: files, certificates by ALPN, TXT records.
final class World: ChallengeResponder {
    private let shown = Mutex<[PresentedChallenge]>([])
    private let history = Mutex<[PresentedChallenge]>([])
    private let closed: Set<ChallengeType>
    private let deaf: Set<ChallengeType>

    /// - Parameter closed: types that the self-check finds impossible.
    /// - Parameter deaf: types that are presented and then not seen by the CA.
    init(closed: Set<ChallengeType> = [], deaf: Set<ChallengeType> = []) {
        self.closed = closed
        self.deaf = deaf
    }

    func present(_ challenge: PresentedChallenge) async throws {
        if closed.contains(challenge.type) { throw ChallengeUnavailable("port 80 is closed") }
        history.withLock { $0.append(challenge) }
        if !deaf.contains(challenge.type) { shown.withLock { $0.append(challenge) } }
    }

    func remove(_ challenge: PresentedChallenge) async { shown.withLock { $0.removeAll { $0 == challenge } } }

    var presented: [PresentedChallenge] { history.withLock { $0 } }
    var count: Int { shown.withLock { $0.count } }

    private func find(_ type: ChallengeType, _ host: String) -> [PresentedChallenge] {
        shown.withLock { $0.filter { $0.type == type && $0.identifier.value == host } }
    }

    func file(_ host: String, _ token: String) -> String? { find(.http01, host).first { $0.token == token }?.keyAuthorization }
    func digest(_ host: String) -> [UInt8]? { find(.tlsALPN01, host).last?.keyAuthorizationDigest }

    func txt(_ name: String) -> [String] {
        if let host = name.firstRange(of: "_acme-challenge.").map({ String(name[$0.upperBound...]) }) {
            return find(.dns01, host).map(\.dns01Value)
        }
        let host = String(name.dropFirst("_validation-persist.".count))
        return find(.dnsPersist01, host).map { challenge in
            let policy = challenge.isWildcard ? "; policy=wildcard" : ""
            return "\(challenge.issuerDomainNames.first ?? ""); accounturi=\(challenge.accountURL)\(policy)"
        }
    }
}

/// A CA that looks at every type, and one run against it.
struct Town {
    let ca: FakeCA
    let time = ManualTime()
    let world: World
    let journal = MemoryJournal()
    let client: ACMEClient
    let account: ACMEAccount

    init(_ world: World = World(), _ change: (inout FakeCA.Settings) -> Void = { _ in }) async throws {
        var settings = FakeCA.Settings()
        change(&settings)
        self.world = world
        var probes = FakeCA.Probes()
        probes.tlsALPN01 = { world.digest($0) }
        probes.txt = { world.txt($0) }
        ca = try FakeCA(settings: settings, time: time, probes: probes) { world.file($0, $1) }
        client = try ACMEClient(directoryURL: FakeCA.directoryURL, transport: ca, time: time)
        account = try await client.newAccount(key: PrivateKey.generate(.ecdsaP256), contact: [], termsOfServiceAgreed: true).account
    }

    func driver(_ journal: MemoryJournal? = nil) -> OrderDriver {
        OrderDriver(client: client, account: account, journal: journal ?? self.journal, responder: world, time: time)
    }

    func run(_ request: OrderRequest) async throws(ACMEError) -> IssuedCertificate {
        try await driver().run(request, resuming: journal.latest)
    }

    static func problem(_ type: String, _ detail: String = "scripted") -> Problem {
        Problem(type: Problem.typePrefix + type, detail: detail)
    }

    static func request(
        _ names: [String], _ types: [ChallengeType] = [.http01, .tlsALPN01], by: [String: [ChallengeType]] = [:], partial: Bool = false
    ) throws -> OrderRequest {
        OrderRequest(
            identifiers: try names.map { try ACMEIdentifier(parsing: $0) }, challengeTypes: types,
            challengeTypesByIdentifier: Dictionary(
                uniqueKeysWithValues: try by.map { (try ACMEIdentifier(parsing: $0.key), $0.value) }), allowsPartial: partial)
    }
}

@Suite("Challenge types, RFC 8555 §8, RFC 8737, dns-persist-01")
struct ChallengeChoiceTests {
    @Test(arguments: ChallengeType.allCases) func `each type proves control over a name`(type: ChallengeType) async throws {
        let town = try await Town { $0.challengeTypes = ChallengeType.allCases.map(\.rawValue) }
        let issued = try await town.run(Town.request(["a.example", "b.example"], [type]))
        #expect(issued.keyPair.leaf.dnsNames.sorted() == ["a.example", "b.example"])
        #expect(Set(town.world.presented.map(\.type)) == [type])
        #expect(town.world.count == 0)
    }

    @Test(arguments: [ChallengeType.dns01, .dnsPersist01]) func `a wildcard and its apex are proved side by side`(type: ChallengeType)
        async throws
    {
        let town = try await Town { $0.challengeTypes = ChallengeType.allCases.map(\.rawValue) }
        let issued = try await town.run(Town.request(["*.a.example", "a.example"], [type]))
        #expect(issued.keyPair.leaf.dnsNames.sorted() == ["*.a.example", "a.example"])
        #expect(Set(town.world.presented.map(\.isWildcard)) == [true, false])
    }

    @Test func `each name is proved in its own way`() async throws {
        let town = try await Town()
        let request = try Town.request(
            ["*.a.example", "b.example", "192.0.2.1"], by: ["*.a.example": [.dns01], "b.example": [.tlsALPN01]])
        _ = try await town.run(request)
        let how = town.world.presented.map { "\($0)" }.sorted()
        #expect(how == ["dns-01 for *.a.example", "http-01 for 192.0.2.1", "tls-alpn-01 for b.example"])
    }

    @Test func `when http-01 fails tls-alpn-01 is tried in a new order, once`() async throws {
        let town = try await Town(World(deaf: [.http01]))
        let issued = try await town.run(Town.request(["a.example"]))
        #expect(issued.leftOut.isEmpty)
        #expect(town.world.presented.map(\.type) == [.http01, .tlsALPN01])
        #expect(await town.ca.counts.orders == 2)
        #expect(town.journal.failed == ["a.example"])
        #expect(town.world.count == 0)
    }

    @Test func `many names that fail change over in one order, and the names that passed are not asked again`() async throws {
        let town = try await Town {
            $0.reusesAuthorizations = true
            let closed = Town.problem("connection", "Connection refused")
            $0.failuresByType = ["http-01": ["b.example": closed, "c.example": closed, "e.example": closed]]
        }
        _ = try await town.run(Town.request(["a.example", "b.example", "c.example", "d.example", "e.example"]))
        #expect(await town.ca.counts.orders == 2)
        #expect(town.world.presented.filter { $0.type == .http01 }.count == 5)
        #expect(town.world.presented.filter { $0.type == .tlsALPN01 }.map(\.identifier.value) == ["b.example", "c.example", "e.example"])
    }

    @Test func `when every way failed the error tells them all`() async throws {
        let town = try await Town(World(deaf: [.http01, .tlsALPN01]))
        let request = try Town.request(["a.example"])
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .authorizationFailed)
        #expect(error?.isCAFault == false)
        #expect(
            error.map(String.init(describing:)) == """
                authorization of a.example: invalid, tls-alpn-01 failed, after http-01 failed \
                (urn:ietf:params:acme:error:connection: Fetching http://a.example/: Connection refused): \
                urn:ietf:params:acme:error:connection: Connecting to a.example:443: Connection refused
                """)
        #expect(await town.ca.counts.orders == 2)
        #expect(await town.ca.counts.requests[.challenge] == 2)
        #expect(town.journal.failed == ["a.example", "a.example"])
        // A later run begins with the first way again.
        _ = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(town.world.presented.map(\.type) == [.http01, .tlsALPN01, .http01, .tlsALPN01])
    }

    @Test(arguments: ["caa", "rejectedIdentifier", "rateLimited", "serverInternal", "dns"])
    func `a failure that the other type would share is not repeated`(type: String) async throws {
        let town = try await Town { $0.failures = ["a.example": Town.problem(type)] }
        let request = try Town.request(["a.example"])
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .authorizationFailed)
        #expect(await town.ca.counts.orders == 1)
    }

    @Test func `a name without an address is still tried with dns-01`() async throws {
        let town = try await Town { $0.failuresByType = ["http-01": ["a.example": Town.problem("dns", "NXDOMAIN")]] }
        _ = try await town.run(Town.request(["a.example"], [.http01, .tlsALPN01, .dns01]))
        #expect(town.world.presented.map(\.type) == [.http01, .dns01])
        #expect(await town.ca.counts.certificates == 1)
    }

    @Test func `a type that the CA does not offer is no second way`() async throws {
        let town = try await Town(World(deaf: [.http01])) { $0.challengeTypes = ["http-01", "dns-01"] }
        let request = try Town.request(["a.example"])
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .authorizationFailed)
        #expect(await town.ca.counts.orders == 1)
    }

    @Test func `a way that the self-check finds closed costs neither a validation nor an order`() async throws {
        let town = try await Town(World(closed: [.http01]))
        _ = try await town.run(Town.request(["a.example"]))
        #expect(town.world.presented.map(\.type) == [.tlsALPN01])
        #expect(await town.ca.counts.orders == 1)
        #expect(town.journal.failed.isEmpty)
    }

    @Test func `when all ways are closed the order is kept for the next run`() async throws {
        let town = try await Town(World(closed: [.http01, .tlsALPN01]))
        let request = try Town.request(["a.example"])
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .challengeNotPresented)
        #expect(
            error?.reason
                == "tls-alpn-01 is not possible here: port 80 is closed, after http-01 failed (http-01 is not possible here: port 80 is closed)"
        )
        #expect(town.journal.latest?.orderURL != nil)
        #expect(await town.ca.counts.requests[.challenge] == nil)
    }

    @Test func `an order that is not admitted is not sent`() async throws {
        let town = try await Town()
        let request = try Town.request(["a.example"])
        let later = town.time.now().addingTimeInterval(3600)
        let refusal = ACMEError(.rateLimited, fault: .ours, subject: "budget", reason: "spent", retryAfter: later)
        let error = await failure { () throws(ACMEError) in
            try await town.driver(MemoryJournal(refusal: refusal)).run(request, resuming: nil)
        }
        #expect(error?.retryAfter == later)
        #expect(await town.ca.counts.requests[.newOrder] == nil)
    }

    @Test func `an international name is ordered by its A-label`() async throws {
        let town = try await Town()
        let issued = try await town.run(Town.request(["Bücher.Example"]))
        #expect(issued.keyPair.leaf.dnsNames == ["xn--bcher-kva.example"])
    }

    @Test func `what the CA must find is derived as the RFCs say`() throws {
        let challenge = PresentedChallenge(type: .dns01, identifier: Sample.name, token: "token", keyAuthorization: "token.thumbprint")
        // printf token.thumbprint | openssl dgst -sha256 -binary | base64url
        #expect(challenge.dns01Value == Base64URL.encode(sha256(Array("token.thumbprint".utf8))))
        #expect(challenge.keyAuthorizationDigest.count == 32)
    }
}

@Suite("Orders without the names at fault, RFC 8555 §6.7.1")
struct PartialOrderTests {
    static let names = ["a.example", "b.example", "c.example"]

    @Test func `a name that fails keeps the others waiting unless a part is allowed`() async throws {
        for isPartial in [false, true] {
            let town = try await Town { $0.failures = ["b.example": Town.problem("connection", "refused")] }
            let request = try Town.request(Self.names, partial: isPartial)
            do throws(ACMEError) {
                let issued = try await town.run(request)
                #expect(isPartial)
                #expect(issued.keyPair.leaf.dnsNames.sorted() == ["a.example", "c.example"])
                #expect(issued.leftOut.map(\.identifier.value) == ["b.example"])
                #expect(issued.leftOut.first?.problem?.detail == "refused")
                #expect(issued.leftOut.first?.reason.contains("tls-alpn-01 failed, after http-01 failed") == true)
            } catch {
                #expect(!isPartial)
                #expect(error.identifier?.value == "b.example")
            }
        }
    }

    @Test func `names that newOrder refuses are left out, one or several`() async throws {
        let refusal = Town.problem("rejectedIdentifier", "Cannot issue for \"b.example\": forbidden by policy")
        let other = Town.problem("rejectedIdentifier", "not c either")
        for rejected in [["b.example": refusal], ["b.example": refusal, "c.example": other]] {
            let town = try await Town { $0.rejected = rejected }
            let issued = try await town.run(Town.request(Self.names, partial: true))
            #expect(Set(issued.leftOut.map(\.identifier.value)) == Set(rejected.keys))
            #expect(issued.leftOut.allSatisfy { $0.problem?.acmeType == "rejectedIdentifier" })
            let strict = try await Town { $0.rejected = rejected }
            let request = try Town.request(Self.names)
            let error = await failure { () throws(ACMEError) in try await strict.run(request) }
            #expect(error?.code == .refused)
            #expect(error?.identifier?.value == (rejected.count == 1 ? "b.example" : nil))
        }
    }

    @Test func `names that spoil the order at finalize are left out`() async throws {
        let caa = Problem(
            type: Problem.typePrefix + "caa", detail: "CAA forbids", identifier: try ACMEIdentifier(parsing: "c.example"))
        let town = try await Town { $0.refusedAtFinalize = ["c.example": caa] }
        let issued = try await town.run(Town.request(Self.names, partial: true))
        #expect(issued.keyPair.leaf.dnsNames.sorted() == ["a.example", "b.example"])
        let strict = try await Town { $0.refusedAtFinalize = ["c.example": caa] }
        let request = try Town.request(Self.names)
        let error = await failure { () throws(ACMEError) in try await strict.run(request) }
        #expect(error?.code == .orderFailed)
        #expect(error?.identifier?.value == "c.example")
        #expect(error?.isCAFault == false)
    }

    @Test func `when all names fail there is no certificate`() async throws {
        let town = try await Town(World(deaf: [.http01, .tlsALPN01]))
        let request = try Town.request(Self.names, partial: true)
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .authorizationFailed)
        let refused = try await Town { $0.rejected = ["a.example": Town.problem("rejectedIdentifier")] }
        let one = try Town.request(["a.example"], partial: true)
        #expect(await failure { () throws(ACMEError) in try await refused.run(one) }?.code == .refused)
        #expect(await refused.ca.counts.requests[.newOrder] == 1)
    }

    @Test func `a name is left out for its own faults and not for those of the CA`() async throws {
        let town = try await Town { $0.failures = ["b.example": Town.problem("serverInternal")] }
        let request = try Town.request(Self.names, partial: true)
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .authorizationFailed)
        #expect(error?.isCAFault == true)
    }

    @Test func `a wildcard that nothing can prove is left out`() async throws {
        let town = try await Town { $0.challengeTypes = ["http-01"] }
        let issued = try await town.run(Town.request(["a.example", "*.a.example"], [.http01], partial: true))
        #expect(issued.leftOut.map(\.identifier.value) == ["*.a.example"])
        #expect(issued.leftOut.first?.reason.contains("the CA offers no challenge, we can answer http-01") == true)
    }

    @Test func `a restart in the middle remembers what was left out, and a failed order forgets it`() async throws {
        let town = try await Town { $0.failures = ["b.example": Town.problem("unauthorized")] }
        let request = try Town.request(Self.names, partial: true)
        // The third order: after http-01 and after tls-alpn-01.
        await town.ca.script(.problem(429, "rateLimited"), at: .finalize)
        #expect(await failure { () throws(ACMEError) in try await town.run(request) }?.code == .rateLimited)
        let record = try #require(try town.journal.load())
        #expect(record.leftOut.map(\.identifier.value) == ["b.example"])
        #expect(record.serves(request, directoryURL: FakeCA.directoryURL))
        #expect(!record.serves(try Town.request(Self.names), directoryURL: FakeCA.directoryURL), "a part is no longer allowed")
        let orders = await town.ca.counts.orders
        let issued = try await town.run(request)
        #expect(issued.leftOut.map(\.identifier.value) == ["b.example"])
        #expect(await town.ca.counts.orders == orders)
        // Repaired: a new run without a record has all names.
        town.journal.delete()
        await town.ca.change { $0.failures = [:] }
        #expect(try await town.run(request).leftOut.isEmpty)
    }

    @Test func `orders in one run end`() async throws {
        let names = (1...12).map { "n\($0).example" }
        let town = try await Town()
        // Each newOrder blames one more name.
        let request = try Town.request(names, partial: true)
        for index in names.indices.dropLast() {
            let words = Problem(
                type: Problem.typePrefix + "caa", detail: "no", identifier: try ACMEIdentifier(parsing: names[index]))
            await town.ca.script(
                .answer(
                    ACMEHTTPResponse(
                        status: 403, headers: [("Content-Type", "application/problem+json")], body: Array(words.document.utf8))),
                at: .newOrder)
        }
        let error = await failure { () throws(ACMEError) in try await town.run(request) }
        #expect(error?.code == .refused)
        #expect(await town.ca.counts.requests[.newOrder] == 1 + ACMELimits.reordersPerRunMax)
    }
}
