import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import Synchronization
import TestKit
import Testing

@testable import Issuance

@Suite("Controller: how many at once, and stopping") struct ConcurrencyTests {
    @Test func `at most the limit run at once, and the rest follow`() async throws {
        let bench = try Bench()
        let count = IssuanceLimits.issuancesAtOnceMax + 5
        bench.transports.hold()
        try bench.write("a.yaml", Manifest.acme())
        try bench.write(
            "b.yaml",
            (0..<count).map { Manifest.ingress("n\($0)", hosts: ["n\($0).example"], secret: "n\($0)") }.joined(separator: "\n---\n"))
        try bench.start()
        try await bench.eventually {
            try await bench.controller.facts().filter { $0.state == .issuing }.count == IssuanceLimits.issuancesAtOnceMax
        }
        #expect(try await bench.controller.facts().filter { $0.state == .pending }.count == 5)
        bench.transports.release()
        try await bench.eventually { try await bench.controller.facts().allSatisfy { $0.state == .valid } }
        await bench.stop()
    }

    @Test func `stopping does not count as a failure, and the order goes on afterwards`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        bench.transports.hold()
        try bench.start()
        try await bench.fact { $0.state == .issuing }
        let stopping = Task { await bench.stop() }
        bench.transports.release()
        await stopping.value
        try bench.start()
        let fact = try await bench.valid()
        #expect(fact.failures == 0)
        #expect(!bench.log.text.contains("issuing a certificate failed"))
        await bench.stop()
    }

    @Test func `an attempt that does not end is ended, and the CA's order is kept`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        bench.transports.hold()
        try bench.start()
        try await bench.fact { $0.state == .issuing }
        try await bench.eventually { bench.time.sleeperCount >= 2 }
        bench.time.advance(by: IssuanceLimits.attemptDurationMax)
        bench.transports.release()
        let fact = try await bench.fact { $0.failures == 1 || $0.state == .valid }
        #expect(fact.state == .valid || fact.lastError?.hasPrefix("no end after 30 minutes") == true)
        await bench.stop()
    }
}
