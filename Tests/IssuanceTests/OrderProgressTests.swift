import ACME
import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

@testable import Issuance

@Suite("The progress of an order, step by step") struct OrderProgressTests {
    private func states(_ progress: OrderProgress) -> [String] {
        progress.steps.map { "\($0.kind.rawValue)\($0.name.map { " " + $0 } ?? "") \($0.state.rawValue)" }
    }

    private func begun() -> OrderProgress {
        OrderProgress(
            directory: "https://ca.test/directory", account: "https://ca.test/acct/1", names: ["a.example", "b.example"], at: noon)
    }

    @Test func `an order goes on step by step, each with its moment`() {
        var progress = begun()
        #expect(
            states(progress) == [
                "account done", "order waiting", "authorization a.example waiting", "authorization b.example waiting", "finalize waiting",
                "download waiting",
            ])
        let later = noon.addingTimeInterval(5)
        progress.take(.ordering, at: noon)
        progress.take(.ordered(url: "https://ca.test/order/1"), at: later)
        progress.take(.presenting(name: "a.example", challenge: "http-01"), at: later)
        progress.take(.asked(name: "a.example"), at: later)
        #expect(progress.url == "https://ca.test/order/1")
        #expect(progress.steps[1].at == later && progress.steps[1].detail == "https://ca.test/order/1")
        #expect(progress.steps[2].state == .running && progress.steps[2].detail == "the CA looks")
        // Polling the order is no news.
        progress.take(.ordered(url: "https://ca.test/order/1"), at: later.addingTimeInterval(9))
        #expect(progress.steps[1].at == later)
        progress.take(.proved(name: "a.example"), at: later)
        progress.take(.finalizing, at: later)
        #expect(
            Array(states(progress)[2...]) == [
                "authorization a.example done", "authorization b.example done", "finalize running", "download waiting",
            ])
        progress.take(.downloading, at: later)
        progress.take(.issued, at: later)
        #expect(progress.steps.allSatisfy { $0.state == .done })
        progress.fail("too late", at: later)
        #expect(progress.steps.allSatisfy { $0.state == .done })
    }

    @Test func `a failure stands where it happened`() {
        var progress = begun()
        progress.take(.ordering, at: noon)
        progress.take(.ordered(url: "u"), at: noon)
        progress.take(.refuted(name: "b.example", words: "connection refused"), at: noon)
        progress.fail("order for a.example, b.example: failed", at: noon)
        #expect(states(progress).filter { $0.hasSuffix("failed") } == ["authorization b.example failed"])
        #expect(progress.steps[3].detail == "connection refused")
        // Another order without that name begins from the start.
        progress.take(.ordering, at: noon)
        #expect(progress.url == nil && progress.steps[3].state == .waiting && progress.steps[3].detail == nil)
        progress.fail("the CA is away", at: noon)
        #expect(progress.steps[1].state == .failed && progress.steps[1].detail == "the CA is away")
    }

    @Test func `a name that nobody asked for changes nothing`() {
        var progress = begun()
        progress.take(.proved(name: "stranger.example"), at: noon)
        #expect(progress == begun())
    }

    // MARK: In a process

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        return bench
    }

    @Test func `a failed order is told step by step, with what to do, and its end is a happening`() async throws {
        let bench = try bench()
        let problem = Problem(type: "urn:ietf:params:acme:error:unauthorized", detail: "Invalid response from http://a.example: 404")
        await bench.ca.change { $0.failures = ["a.example": problem] }
        try bench.start()
        let fact = try await bench.fact { $0.failures == 1 && $0.state == .failing }
        #expect(fact.lastErrorCause == .wrongAnswer && fact.lastErrorName == "a.example")
        #expect(
            fact.advice
                == "lead a.example to this instance: something else answers for it; `certctl check web/a` shows which address and port")
        let order = try #require(fact.order)
        #expect(order.directory.hasPrefix("https://"))
        let failed = try #require(order.steps.first { $0.state == .failed })
        #expect(failed.kind == .authorization && failed.name == "a.example")
        #expect(failed.detail?.contains("Invalid response from http://a.example: 404") == true)
        #expect(order.steps.first?.state == .done && order.steps.first?.detail?.isEmpty == false)
        let newest = try await bench.controller.newestHappenings(10).happenings
        #expect(newest.map(\.kind) == [.failed, .began] && newest.map(\.number) == [2, 1])
        #expect(newest.first?.message?.contains("404") == true && newest.first?.hosts == ["a.example"] && newest.first?.seconds != nil)
        // Neither says anything that only the CA's visitor may know.
        let text = String(decoding: try RecordJSON.encoder.encode(order) + RecordJSON.encoder.encode(newest), as: UTF8.self)
        #expect(!bench.web.seen.isEmpty && bench.web.seen.allSatisfy { !text.contains($0) } && !text.contains("PRIVATE"))

        await bench.ca.change { $0.failures = [:] }
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(2))
        let good = try await bench.valid()
        #expect(good.order == nil && good.advice == nil)
        #expect(try await bench.controller.newestHappenings(1).happenings.map(\.kind) == [.issued])
        await bench.stop()
    }

    /// A record as it is kept.
    private func record(url: String?) throws -> OrderRecord {
        struct Form: Encodable {
            let version = 1
            let directoryURL = "https://ca.test/directory"
            let accountURL = "https://ca.test/acct/1"
            let identifiers: [ACMEIdentifier]
            let keyAlgorithm = KeyAlgorithm.ecdsaP256
            let privateKeyPEM = "secret"
            let createdAt = noon
            let orderURL: String?
        }
        let names = try ["a.example", "*.b.example"].map { try ACMEIdentifier(parsing: $0) }
        return try JSONDecoder().decode(OrderRecord.self, from: JSONEncoder().encode(Form(identifiers: names, orderURL: url)))
    }

    @Test func `a process that does not issue knows of an order what the journal has`() throws {
        let record = try self.record(url: "https://ca.test/order/7")
        let placed = OrderProgress(record)
        #expect(
            states(placed) == [
                "account done", "order done", "authorization a.example running", "authorization *.b.example running", "finalize waiting",
                "download waiting",
            ])
        #expect(placed.url == "https://ca.test/order/7" && placed.directory == record.directoryURL)
        let unplaced = OrderProgress(try self.record(url: nil))
        #expect(states(unplaced)[1] == "order waiting" && states(unplaced)[2] == "authorization a.example waiting")
    }

    @Test func `happenings are numbered, bounded and newest first`() {
        var log = HappeningLog(since: noon)
        let secret = NamespacedName(namespace: "web", name: "tls")
        for number in 0..<(IssuanceLimits.happeningsMax + 5) {
            let target = number.isMultiple(of: 2) ? secret : NamespacedName(namespace: "web", name: "other")
            log.note(.began, target, hosts: Array(repeating: "a.example", count: 9), at: noon.addingTimeInterval(Double(number)))
        }
        let all = log.newest(.max)
        #expect(all.count == IssuanceLimits.happeningsMax)
        #expect(all.first?.number == IssuanceLimits.happeningsMax + 5 && all.last?.number == 6)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.number == $1.number + 1 && $0.at > $1.at })
        #expect(all.first?.hosts.count == IssuanceLimits.namesShownMax)
        #expect(log.newest(3).count == 3 && log.newest(0).isEmpty)
        #expect(
            log.newest(.max, after: IssuanceLimits.happeningsMax + 3).map(\.number) == [
                IssuanceLimits.happeningsMax + 5, IssuanceLimits.happeningsMax + 4,
            ])
        #expect(log.newest(.max, of: ["web/tls"]).allSatisfy { $0.secret == "web/tls" })
        #expect(HappeningLog(since: noon).newest(.max).isEmpty)
    }
}
