import ACME
import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@Suite("What is written before what")
struct DriverStorageTests {
    /// Notes what happens in which order, at the CA, in the journal and at the web server.
    final class Log: ACMETransport, OrderJournal, ChallengeResponder {
        let bench: Bench
        private let lines = Mutex<[String]>([])
        init(_ bench: Bench) { self.bench = bench }
        var all: [String] { lines.withLock { $0 } }
        private func note(_ line: String) { lines.withLock { $0.append(line) } }

        func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
            note(request.url.split(separator: "/").dropFirst(2).first.map(String.init) ?? "")
            return try await bench.ca.send(request)
        }
        func save(_ record: OrderRecord) async throws {
            note(record.orderURL == nil ? "save key" : "save order")
            try await bench.journal.save(record)
        }
        func present(_ challenge: PresentedChallenge) async throws {
            note("present")
            try await bench.web.present(challenge)
        }
        func remove(_ challenge: PresentedChallenge) async {
            note("remove")
            await bench.web.remove(challenge)
        }
    }

    @Test func `the key before newOrder, the order right after it, the challenge before its answer`() async throws {
        let bench = try Bench()
        let log = Log(bench)
        let client = try bench.client(through: log)
        let account = try await bench.account(client)
        let driver = OrderDriver(client: client, account: account, journal: log, responder: log, time: bench.time)
        _ = try await driver.run(Bench.request("a.example"), resuming: nil)
        #expect(
            log.all == [
                "directory", "newNonce", "newAccount", "save key", "newOrder", "save order", "authorization", "present", "challenge",
                "authorization", "order", "finalize", "certificate", "remove",
            ])
    }

    struct Full: Error, CustomStringConvertible { var description: String { "no space left on device" } }

    /// Takes so many records and then no more.
    final class FillingJournal: OrderJournal {
        private let room: Mutex<Int>
        let journal: MemoryJournal
        init(_ room: Int, _ journal: MemoryJournal) {
            self.room = Mutex(room)
            self.journal = journal
        }
        func save(_ record: OrderRecord) async throws {
            let hasRoom = room.withLock { room in
                room -= 1
                return room >= 0
            }
            guard hasRoom else { throw Full() }
            try await journal.save(record)
        }
    }

    @Test func `without a durable key there is no order`() async throws {
        let bench = try Bench()
        let plain = try await bench.driver()
        let request = try Bench.request("a.example")
        let driver = OrderDriver(
            client: try bench.client(), account: try await bench.account(bench.client()), journal: FillingJournal(0, bench.journal),
            responder: bench.web, time: bench.time)
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .storage)
        #expect(error?.fault == .ours)
        #expect(
            error.map(String.init(describing:)) == "order for a.example: the order record cannot be written: no space left on device")
        #expect(await bench.ca.counts.orders == 0)
        _ = try await plain.run(request, resuming: nil)
    }

    @Test func `without a durable order URL nothing is proved`() async throws {
        let bench = try Bench()
        let request = try Bench.request("a.example")
        let driver = OrderDriver(
            client: try bench.client(), account: try await bench.account(bench.client()), journal: FillingJournal(1, bench.journal),
            responder: bench.web, time: bench.time)
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .storage)
        #expect(await bench.ca.counts.requests[.authorization] == nil)
        #expect(try bench.journal.load()?.orderURL == nil)
    }

    struct BrokenWeb: ChallengeResponder {
        func present(_ challenge: PresentedChallenge) async throws { throw Full() }
        func remove(_ challenge: PresentedChallenge) async {}
    }

    @Test func `the CA is not told to look where nothing is`() async throws {
        let bench = try Bench()
        let request = try Bench.request("a.example")
        let client = try bench.client()
        let account = try await bench.account(client)
        let driver = OrderDriver(client: client, account: account, journal: bench.journal, responder: BrokenWeb(), time: bench.time)
        let error = await failure { () throws(ACMEError) in try await driver.run(request, resuming: nil) }
        #expect(error?.code == .challengeNotPresented)
        #expect(await bench.ca.counts.requests[.challenge] == nil)
        // The order is kept: the next run goes on where this one stopped.
        let next = OrderDriver(client: client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
        _ = try await next.run(request, resuming: try bench.journal.load())
        #expect(await bench.ca.counts.orders == 1)
    }

    @Test func `a record keeps everything through JSON, and a newer form is refused`() async throws {
        let (bench, _, _, record) = try await DriverTests.interrupted()
        _ = bench
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        let again = try JSONDecoder().decode(OrderRecord.self, from: Data(text.utf8))
        #expect(String(decoding: try JSONEncoder().encode(again), as: UTF8.self).count == text.count)
        #expect(again.privateKeyPEM.copy() == record.privateKeyPEM.copy())
        #expect(again.orderURL == record.orderURL)
        #expect(again.createdAt == record.createdAt)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(OrderRecord.self, from: Data(text.replacing("\"version\":1", with: "\"version\":2").utf8))
        }
    }
}
