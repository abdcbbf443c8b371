import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Synchronization
import TestKit
import Testing

@testable import Issuance

@Suite("Renewal information, RFC 9773") struct RenewalInfoTests {
    @Test func `a moment is chosen once in a window, survives restarts, and the order says what it replaces`() async throws {
        let bench = try Bench()
        let window = RenewalWindow(
            start: noon.addingTimeInterval(days(20)), end: noon.addingTimeInterval(days(22)), explanationURL: "https://ca.test/why")
        bench.transports.setRenewal(window)
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let first = try await bench.valid()
        #expect(first.renewalWindow == nil)
        let identifier = try #require(ARICertificateID(try await bench.keyPair().leaf)).text
        try await bench.passTime(until: noon.addingTimeInterval(6 * 3600 + 60))
        let told = try await bench.fact { $0.renewalWindow != nil }
        #expect(told.renewalWindow == window)
        let moment = try #require(told.renewAt)
        #expect(moment >= window.start && moment <= window.end)
        await bench.stop()

        try bench.start()
        try await bench.valid()
        let asked = bench.transports.renewalsAsked
        try await bench.passTime(until: bench.time.now().addingTimeInterval(12 * 3600 + 60))
        try await bench.eventually { bench.transports.renewalsAsked > asked }
        #expect(try await bench.fact()?.renewAt == moment)

        try await bench.passTime(until: moment.addingTimeInterval(1))
        try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        let last = try #require(bench.transports.newOrders.last)
        #expect(last.contains("\"replaces\":\"\(identifier)\""))
        #expect(!(bench.transports.newOrders.first ?? "").contains("replaces"))
        await bench.stop()
    }

    @Test func `an issuer may turn it off`() async throws {
        let bench = try Bench()
        bench.transports.setRenewal(RenewalWindow(start: noon, end: noon.addingTimeInterval(60)))
        try bench.write(
            "a.yaml", Manifest.acme(extra: "renewalInformationSource: Certificate"), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        try await bench.valid()
        try await bench.passTime(until: noon.addingTimeInterval(days(2)))
        #expect(bench.transports.renewalsAsked == 0)
        await bench.stop()
    }

    private func need(_ secret: Secret, renewBefore: Duration? = nil, now: Date = noon) throws -> Need {
        let issuer = IssuerName(kind: .clusterIssuer, name: "le")
        var desired = DesiredCertificate(
            secret: secret.metadata.id, ingresses: [], names: try CertificateNames(hosts: ["a.example"]), wish: .issue(issuer))
        desired.options.renewBefore = renewBefore
        return Need(
            desired: desired, target: TargetSecret(reading: secret),
            origins: [CertificateOrigin(issuer: issuer, directory: "https://ca.test/directory", usesRenewalInfo: true)], now: now)
    }

    private func secret(start: Double, end: Double, of certificate: String? = nil) throws -> Secret {
        var secret = try Make.ours("tls", ["a.example"])
        let leaf = try #require(TargetSecret(reading: secret).leaf?.certificate)
        let window = RenewalWindow(start: noon.addingTimeInterval(days(start)), end: noon.addingTimeInterval(days(end)))
        secret.metadata.annotations["certctl.dev/renewal"] =
            ChosenRenewal(in: window, certificate: certificate ?? leaf.sha256Fingerprint, draw: 0.5).annotation
        return secret
    }

    @Test func `the last twentieth of the lifetime and the user overrule the CA, and another certificate's window is nothing`() throws {
        // Valid from yesterday for 90 days: noon + 89 days is the end.
        #expect(try need(secret(start: 10, end: 12)).renewAt == noon.addingTimeInterval(days(11)))
        #expect(try need(secret(start: 88, end: 90)).renewAt == noon.addingTimeInterval(days(89 - 4.5)))
        let usual = try #require(try need(secret(start: 10, end: 12, of: "00")).renewAt)
        #expect((days(50)...days(65)).contains(usual.timeIntervalSince(noon)))
        let byUser = try #require(try need(secret(start: 70, end: 72), renewBefore: .days(30)).renewAt)
        #expect(byUser < noon.addingTimeInterval(days(63)))
        let past = try need(secret(start: -3, end: -1))
        #expect(past.reason(renewAt: past.renewAt) == .renewing)
    }

    @Test func `ten thousand certificates make a trickle of questions`() async throws {
        // Each sleep passes at once, so the clock runs by itself.
        let time = ControlledTime(noon, passing: .hours(24))
        let looks = Mutex<[Date]>([])
        let loop = PollLoop<Int>(PollLoop.Settings(spread: .hours(6), atOnceMax: 8, pause: .seconds(1)), time: time) { _, _ in
            looks.withLock { $0.append(time.now()) }
            return nil
        }
        let subjects = (0..<10_000).map { (NamespacedName(namespace: "web", name: "s\($0)"), Optional($0)) }
        await loop.follow(Dictionary(uniqueKeysWithValues: subjects))
        #expect(await eventually(within: .seconds(240)) { looks.withLock { $0.count } == 10_000 })
        let perMinute = Dictionary(grouping: looks.withLock(\.self)) { Int($0.timeIntervalSince(noon) / 60) }.mapValues(\.count)
        #expect(perMinute.values.max() ?? 0 < 70, "the mean is 28")
        #expect(perMinute.count > 350 && perMinute.keys.max() ?? 0 <= 361)
        await loop.follow([NamespacedName(namespace: "web", name: "s1"): Int?.none])
        await loop.stop()
        #expect(time.sleeperCount == 0)
    }

    @Test func `when a clock jumps the questions keep a pace`() async throws {
        let time = ControlledTime(noon)
        let looks = Mutex<[Date]>([])
        let loop = PollLoop<Int>(PollLoop.Settings(spread: .hours(6), atOnceMax: 8, pause: .seconds(1)), time: time) { _, _ in
            looks.withLock { $0.append(time.now()) }
            return nil
        }
        let subjects = (0..<1000).map { (NamespacedName(namespace: "web", name: "s\($0)"), Optional($0)) }
        await loop.follow(Dictionary(uniqueKeysWithValues: subjects))
        #expect(await eventually(within: .seconds(120)) { time.sleeperCount == 1 })
        time.advance(by: .hours(7))
        #expect(await eventually(within: .seconds(120)) { looks.withLock { $0.count } == 1000 })
        let perSecond = Dictionary(grouping: looks.withLock(\.self)) { $0 }.values.map(\.count).max() ?? 0
        #expect(perSecond <= 8)
        await loop.stop()
    }
}
