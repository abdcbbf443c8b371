import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@testable import ACME

@Suite("Orders from newOrder to the certificate, RFC 8555 §7.4")
struct DriverTests {
    @Test func `a certificate comes for all names, its key and chain fit, challenges are taken back`() async throws {
        let bench = try Bench()
        let issued = try await bench.driver().run(Bench.request("b.example", "a.example", "192.0.2.7", "2001:db8::7"), resuming: nil)
        #expect(Set(issued.keyPair.leaf.dnsNames) == ["a.example", "b.example"])
        #expect(Set(issued.keyPair.leaf.ipAddresses) == ["192.0.2.7", "2001:db8::7"])
        #expect(try PrivateKey(pem: issued.keyPEM).matches(issued.keyPair.leaf))
        #expect(try CertificateChain.parse(pem: issued.chainPEM).first == issued.keyPair.leaf)
        #expect(bench.web.count == 0)
        let record = try #require(try bench.journal.load())
        #expect(record.orderURL == issued.orderURL)
        #expect(record.privateKeyPEM.copy() == issued.keyPEM.copy())
    }

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .rsa(bits: 2048)])
    func `the key is of the kind that was asked for`(algorithm: KeyAlgorithm) async throws {
        let bench = try Bench()
        let request = OrderRequest(identifiers: [ACMEIdentifier(DNSName.example)], keyAlgorithm: algorithm)
        let issued = try await bench.driver().run(request, resuming: nil)
        #expect(issued.keyPair.leaf.keyAlgorithm == algorithm)
    }

    @Test func `what is proved already is not proved again, and the order is ready at once`() async throws {
        let bench = try Bench { $0.reusesAuthorizations = true }
        let driver = try await bench.driver()
        _ = try await driver.run(Bench.request("a.example"), resuming: nil)
        let before = await bench.ca.counts
        _ = try await driver.run(Bench.request("a.example"), resuming: nil)
        let after = await bench.ca.counts
        #expect(after.requests[.challenge] == before.requests[.challenge])
        #expect(after.requests[.authorization] == before.requests[.authorization])
        #expect(after.certificates == 2)
    }

    @Test func `a name that fails is reported with the words of the CA and the next run starts a new order with the same key`() async throws
    {
        let bench = try Bench()
        let sub = Problem(type: Problem.typePrefix + "caa", detail: "CAA record forbids", identifier: Sample.name)
        let words = Problem(type: Problem.typePrefix + "compound", detail: "Two things are wrong", status: 403, subproblems: [sub])
        await bench.ca.change { $0.failures = ["b.example": words] }
        let driver = try await bench.driver()
        let request = try Bench.request("a.example", "b.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .authorizationFailed)
        #expect(error?.identifier?.value == "b.example")
        #expect(error?.problem == words)
        #expect(
            error.map(String.init(describing:)) == """
                authorization of b.example: invalid, http-01 failed: urn:ietf:params:acme:error:compound: Two things are wrong \
                (a.example: urn:ietf:params:acme:error:caa: CAA record forbids)
                """)
        #expect(bench.web.count == 0)
        let record = try #require(try bench.journal.load())
        #expect(record.orderURL == nil)
        await bench.ca.change { $0.failures = [:] }
        let issued = try await driver.run(request, resuming: record)
        #expect(issued.keyPEM.copy() == record.privateKeyPEM.copy())
    }

    @Test func `no key authorization gets into an error or a step, even when the CA quotes it`() async throws {
        let bench = try Bench()
        let steps = Mutex<[String]>([])
        let client = try bench.client()
        let account = try await bench.account(client)
        let wrong = WrongWeb(web: bench.web)
        let driver = OrderDriver(client: client, account: account, journal: bench.journal, responder: wrong, time: bench.time) { step in
            steps.withLock { $0.append("\(step)") }
        }
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        let text = "\(error.map(String.init(describing:)) ?? "") \(error?.problem?.document ?? "") \(String(reflecting: error))"
        #expect(text.contains("did not match"))
        #expect(text.contains("[redacted]"))
        #expect(!text.contains(account.key.jwk.thumbprint))
        #expect(!steps.withLock { $0.joined() }.contains(account.key.jwk.thumbprint))
        let presented = PresentedChallenge(type: .http01, identifier: Sample.name, token: "t", keyAuthorization: "t.secret")
        #expect("\(presented)" == "http-01 for a.example")
    }

    @Test func `no private key gets into the text of a record`() async throws {
        let bench = try Bench()
        _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        let record = try #require(try bench.journal.load())
        var dumped = ""
        dump(record, to: &dumped)
        #expect(!"\(record) \(String(reflecting: record)) \(dumped)".contains("PRIVATE KEY"))
    }

    @Test(arguments: ["7", "Mon, 01 Jun 2026 12:00:07 GMT"])
    func `Retry-After of pending authorizations and processing orders is obeyed`(value: String) async throws {
        let bench = try Bench {
            $0.authorizationPolls = 1
            $0.processingPolls = 1
            $0.retryAfter = value
        }
        _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        #expect(bench.time.slept.contains { abs($0.seconds - 7) < 0.5 })
    }

    @Test func `without Retry-After the pace is our own`() async throws {
        let bench = try Bench { $0.processingPolls = 3 }
        _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
        #expect(bench.time.slept.allSatisfy { $0 >= ACMELimits.pollDelayMin && $0 <= ACMELimits.pollDelayMax })
    }

    @Test func `an order that stays in processing is left and resumed by the next run`() async throws {
        let bench = try Bench { $0.processingPolls = ACMELimits.pollsMax + 5 }
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .stillProcessing)
        _ = try await driver.run(request, resuming: try bench.journal.load())
        #expect(await bench.ca.counts.orders == 1)
        #expect(await bench.ca.counts.certificates == 1)
    }

    @Test func `orderNotReady and a lost answer of finalize read the order again`() async throws {
        for fault in [FakeCA.Fault.problem(403, "orderNotReady"), .problem(403, "unauthorized"), .cutAfter, .cutBefore, .truncate(to: 10)] {
            let bench = try Bench()
            await bench.ca.script(fault, at: .finalize)
            _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
            #expect(await bench.ca.counts.orders == 1)
            #expect(await bench.ca.counts.certificates == 1)
        }
    }

    @Test func `a challenge whose answer was lost is answered again only if it has to be`() async throws {
        for (fault, expected) in [(FakeCA.Fault.cutBefore, 2), (.cutAfter, 1), (.problem(500, "serverInternal"), 2)] {
            let bench = try Bench { $0.authorizationPolls = 2 }
            await bench.ca.script(fault, at: .challenge)
            _ = try await bench.driver().run(Bench.request("a.example"), resuming: nil)
            #expect(await bench.ca.counts.requests[.challenge] == expected)
        }
    }

    @Test(arguments: [
        FakeCA.Fault.problem(404, "malformed"), .problem(410, "malformed"), .problem(400, "malformed"), .problem(403, "unauthorized"),
        .answer(ACMEHTTPResponse(status: 404)),
    ])
    func `an order that is gone is replaced`(fault: FakeCA.Fault) async throws {
        let (bench, driver, request, record) = try await Self.interrupted()
        await bench.ca.script(fault, at: .order)
        let issued = try await driver.run(request, resuming: record)
        #expect(issued.keyPEM.copy() == record.privateKeyPEM.copy())
        #expect(await bench.ca.counts.orders == 2)
    }

    @Test func `an order that expired is replaced`() async throws {
        let (bench, driver, request, record) = try await Self.interrupted()
        await bench.ca.expireOrders()
        _ = try await driver.run(request, resuming: record)
        #expect(await bench.ca.counts.orders == 2)
    }

    @Test func `an order that became invalid while we were away is replaced`() async throws {
        let (bench, driver, request, record) = try await Self.interrupted()
        await bench.ca.invalidateOrders()
        _ = try await driver.run(request, resuming: record)
        #expect(await bench.ca.counts.orders == 2)
    }

    @Test func `an order that becomes invalid under our eyes is reported with its error`() async throws {
        let bench = try Bench()
        let driver = try await bench.driver()
        await bench.ca.script(.cutBefore, at: .finalize)
        let ca = bench.ca
        let watching = OrderDriver(
            client: driver.client, account: driver.account, journal: bench.journal, responder: bench.web,
            time: SpyTime(bench.time) { await ca.invalidateOrders() })
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await watching.run(request, resuming: nil) }
        #expect(error?.code == .orderFailed)
        #expect(error?.problem?.detail == "CAA forbids it")
        #expect(try bench.journal.load()?.orderURL == nil)
    }

    @Test func `an order that becomes invalid without a word is reported with what finalize said`() async throws {
        let bench = try Bench()
        let driver = try await bench.driver()
        await bench.ca.script(.problem(500, "serverInternal", "enrollment failed"), at: .finalize)
        await bench.ca.script(.body(Array(Self.invalidOrder.utf8)), at: .order, skipping: 1)
        let request = try Bench.request("a.example")
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .orderFailed)
        #expect(error?.problem?.detail == "enrollment failed")
        #expect(error?.isCAFault == true)
    }

    private static let invalidOrder = """
        {"status":"invalid","identifiers":[{"type":"dns","value":"a.example"}],"authorizations":[],"finalize":"https://ca.test/finalize/9"}
        """

    @Test func `trouble in between keeps the order, and the next run goes on with it`() async throws {
        let (bench, driver, request, record) = try await Self.interrupted()
        for fault in [FakeCA.Fault.problem(429, "rateLimited", retryAfter: "60"), .problem(503, "serverInternal", retryAfter: "60")] {
            await bench.ca.script(fault, at: .order)
            let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: record) }
            #expect(error?.retryAfter == bench.time.now().addingTimeInterval(60))
            #expect(try bench.journal.load()?.orderURL == record.orderURL)
        }
        _ = try await driver.run(request, resuming: try bench.journal.load())
        #expect(await bench.ca.counts.orders == 1)
    }

    @Test func `a record for other names, another key or another CA is not used`() async throws {
        let (bench, driver, _, record) = try await Self.interrupted()
        let other = try Bench.request("other.example")
        #expect(!record.serves(other, directoryURL: FakeCA.directoryURL))
        let issued = try await driver.run(other, resuming: record)
        #expect(issued.keyPair.leaf.dnsNames == ["other.example"])
        #expect(issued.keyPEM.copy() != record.privateKeyPEM.copy())
        let same = try Bench.request("a.example")
        #expect(record.serves(same, directoryURL: FakeCA.directoryURL))
        #expect(!record.serves(same, directoryURL: "https://other.test/"))
        #expect(!record.serves(OrderRequest(identifiers: same.identifiers, keyAlgorithm: .ecdsaP384), directoryURL: FakeCA.directoryURL))
        #expect(!record.serves(OrderRequest(identifiers: same.identifiers, profile: "short"), directoryURL: FakeCA.directoryURL))
        #expect(await bench.ca.counts.orders == 2)
    }

    @Test func `the order of another account is not asked for, its key is used`() async throws {
        let (bench, driver, request, record) = try await Self.interrupted()
        let account = try await bench.account(driver.client)
        let second = OrderDriver(client: driver.client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
        let issued = try await second.run(request, resuming: record)
        #expect(issued.keyPEM.copy() == record.privateKeyPEM.copy())
        #expect(try bench.journal.load()?.accountURL == account.url)
    }

    @Test func `a cancelled run stops and keeps the order`() async throws {
        let bench = try Bench { $0.processingPolls = 1000 }
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        let (sleeps, sleeping) = AsyncStream<Void>.makeStream()
        let time = SpyTime(bench.time) {
            sleeping.yield()
            try? await Task.sleep(for: .seconds(60))
        }
        let waiting = OrderDriver(
            client: driver.client, account: driver.account, journal: bench.journal, responder: bench.web, time: time)
        let task = Task { await failure { () throws(ACMEError) in try await waiting.run(request, resuming: nil) } }
        for await _ in sleeps { break }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(try bench.journal.load()?.orderURL != nil)
    }

    @Test func `an order may have as many names as the limit and no more`() async throws {
        let names = try (1...ACMELimits.identifiersMax + 1).map { try ACMEIdentifier(parsing: "n\($0).example") }
        let bench = try Bench { $0.authorizationPolls = 1 }
        let driver = try await bench.driver()
        let issued = try await driver.run(OrderRequest(identifiers: names.dropLast()), resuming: nil)
        #expect(issued.keyPair.leaf.dnsNames.count == ACMELimits.identifiersMax)
        for bad in [OrderRequest(identifiers: names), OrderRequest(identifiers: [])] {
            let error = await failure { () throws(ACMEError) in try await driver.run(bad, resuming: nil) }
            #expect(error?.code == .invalidRequest)
        }
    }

    /// A run that was cut after the order was made: bench, driver, request and record.
    static func interrupted() async throws -> (Bench, OrderDriver, OrderRequest, OrderRecord) {
        let bench = try Bench()
        let driver = try await bench.driver()
        let request = try Bench.request("a.example")
        await bench.ca.script(.problem(429, "rateLimited"), at: .authorization)
        _ = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        return (bench, driver, request, try #require(try bench.journal.load()))
    }

    /// Serves something else than what it should.
    struct WrongWeb: ChallengeResponder {
        let web: Web
        func present(_ challenge: PresentedChallenge) async throws {
            try await web.present(
                PresentedChallenge(type: .http01, identifier: challenge.identifier, token: challenge.token, keyAuthorization: "something"))
        }
        func remove(_ challenge: PresentedChallenge) async { await web.remove(challenge) }
    }

    /// Does something at each sleep.
    struct SpyTime: TimeSource {
        let time: ManualTime
        let act: @Sendable () async -> Void
        init(_ time: ManualTime, _ act: @escaping @Sendable () async -> Void) {
            self.time = time
            self.act = act
        }
        func now() -> Date { time.now() }
        func sleep(for duration: Duration) async throws {
            await act()
            try await time.sleep(for: duration)
        }
    }
}
