import Core
import FoundationEssentials
import PKI
import Testing

@testable import Issuance

@Suite("Backoff, certmagic's ladder") struct BackoffLadderTests {
    @Test func `every step is certmagic's`() {
        let minutes = [1, 2, 2, 5, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30, 30, 30, 60, 60, 60, 120, 120, 180, 180, 360]
        #expect(BackoffLadder.steps == minutes.map { Duration.minutes($0) })
        for (index, wait) in minutes.enumerated() {
            #expect(BackoffLadder.wait(afterFailures: index + 1, elapsed: .zero) == .minutes(wait))
        }
    }

    @Test func `the last step repeats until 30 days have passed, then it is one attempt a day`() {
        #expect(BackoffLadder.wait(afterFailures: 26, elapsed: .days(1)) == .hours(6))
        #expect(BackoffLadder.wait(afterFailures: 500, elapsed: .days(30) - .seconds(1)) == .hours(6))
        #expect(BackoffLadder.wait(afterFailures: 500, elapsed: .days(30)) == .days(1))
    }

    @Test func `jitter stays within a tenth`() {
        func wait(_ draw: Double) -> Duration { BackoffLadder.jitteredWait(afterFailures: 5, elapsed: .zero, draw: draw) }
        #expect((wait(0), wait(0.5), wait(1)) == (.minutes(9), .minutes(10), .minutes(11)))
        #expect((wait(-7), wait(7)) == (.minutes(9), .minutes(11)))
    }

    @Test func `a row counts on, keeps its start, and ends when something else is asked for`() {
        func next(_ previous: FailureRecord?, _ fingerprint: String, at now: Date, retryAfter: Date? = nil) -> FailureRecord {
            FailureRecord.next(
                after: previous, message: "no", fingerprint: fingerprint, retryAfter: retryAfter, now: now, draw: 0.5)
        }
        let first = next(nil, "a", at: noon)
        let second = next(first, "a", at: noon.addingTimeInterval(70))
        #expect((first.count, second.count) == (1, 2))
        #expect(second.first == noon && second.last == noon.addingTimeInterval(70))
        #expect((108...132).contains(second.nextAttempt.timeIntervalSince(second.last)))
        #expect(next(second, "b", at: noon).count == 1)
    }

    @Test func `Retry-After counts when it is later than the ladder, up to seven days`() {
        func attempt(_ retryAfter: TimeInterval) -> TimeInterval {
            FailureRecord.next(
                after: nil, message: "", fingerprint: "", retryAfter: noon.addingTimeInterval(retryAfter), now: noon, draw: 0.5
            ).nextAttempt.timeIntervalSince(noon)
        }
        #expect(attempt(3600) == 3600)
        #expect((54...66).contains(attempt(1)))
        #expect(attempt(days(7)) == days(7))
        #expect(attempt(days(400)) == days(7))
    }

    @Test func `a long error is cut to the limit`() {
        func stored(_ bytes: Int) -> Int {
            FailureRecord.next(
                after: nil, message: String(repeating: "x", count: bytes), fingerprint: "", retryAfter: nil, now: noon, draw: 0.5
            ).message.utf8.count
        }
        #expect(stored(IssuanceLimits.errorTextBytesMax) == IssuanceLimits.errorTextBytesMax)
        #expect(stored(IssuanceLimits.errorTextBytesMax + 1) == IssuanceLimits.errorTextBytesMax)
    }
}

@Suite("Renewal after 60 to 70 % of the lifetime") struct RenewalScheduleTests {
    private func part(_ name: String, days lifetime: Double, renewBefore: Duration? = nil) -> Double {
        let end = noon.addingTimeInterval(days(lifetime))
        let secret = NamespacedName(namespace: "web", name: name)
        let at = RenewalSchedule.renewAt(notBefore: noon, notAfter: end, renewBefore: renewBefore, secret: secret)
        return at.timeIntervalSince(noon) / days(lifetime)
    }

    @Test(arguments: [0.25, 6, 45, 90, 365]) func `it follows the lifetime, whatever that is`(lifetime: Double) {
        for index in 0..<200 {
            let part = part("tls-\(index)", days: lifetime)
            #expect(part >= 0.6 && part < 0.7)
        }
    }

    @Test func `jitter is the same at every computation and spreads names evenly`() {
        #expect(RenewalSchedule.unitHash(NamespacedName(namespace: "web", name: "tls")) == 0.1082249210551589)
        var buckets = [Int](repeating: 0, count: 10)
        for index in 0..<10_000 {
            buckets[Int(RenewalSchedule.unitHash(NamespacedName(namespace: "web", name: "tls-\(index)")) * 10)] += 1
        }
        #expect(buckets.allSatisfy { (850...1150).contains($0) })
    }

    @Test func `renew-before moves it, with at most a tenth of jitter, unless it is as long as the lifetime`() {
        let part = part("tls", days: 90, renewBefore: .days(10))
        #expect(part >= 80.0 / 90 && part <= 81.0 / 90)
        #expect(self.part("tls", days: 90, renewBefore: .days(90)) == self.part("tls", days: 90))
    }

    @Test(arguments: [6.0, 45, 90]) func `a fleet of one hour comes back over a tenth of its lifetime, evenly`(lifetime: Double) {
        var hours: [Int: Int] = [:]
        for index in 0..<20_000 { hours[Int(part("tls-\(index)", days: lifetime) * lifetime * 24), default: 0] += 1 }
        let mean = 20_000 / (lifetime * 24 / 10)
        #expect(Double(hours.values.max() ?? 0) < mean + 6 * mean.squareRoot())
    }

    @Test func `a certificate that ends before it begins is due at once`() {
        let secret = NamespacedName(namespace: "web", name: "tls")
        #expect(
            RenewalSchedule.renewAt(notBefore: noon, notAfter: noon.addingTimeInterval(-1), renewBefore: nil, secret: secret) == noon)
    }
}

@Suite("Texts in annotations and hosts") struct TextTests {
    @Test(arguments: [("2160h", 7_776_000.0), ("1h30m", 5400), ("24h0m0s", 86_400), ("1.5h", 5400), ("300s", 300), ("1500ms", 1.5)])
    func `durations are read as Go writes them`(text: String, seconds: Double) {
        #expect(GoDuration.parse(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "90d", "1h-5m", "-1h", "h", "1", "1.h", ".5h", "1..5h", "1h ", "99999999999h", "1e3h"])
    func `anything else is no duration`(text: String) {
        #expect(GoDuration.parse(text) == nil)
    }

    @Test func `the common name is the first name of at most 64 bytes`() throws {
        let label = String(repeating: "a", count: 60)
        #expect(try CertificateNames(hosts: [label + ".abc"]).commonName == label + ".abc")
        #expect(try CertificateNames(hosts: [label + ".abcd"]).commonName == nil)
        #expect(try CertificateNames(hosts: [label + ".abcd", "z.example"]).commonName == "z.example")
        #expect(try CertificateNames(hosts: ["192.0.2.1"]).commonName == nil)
    }
}

@Suite("Options of a certificate, cert-manager's annotations") struct CertificateOptionsTests {
    private func algorithm(_ name: String?, _ size: String?) throws(BadConfig) -> KeyAlgorithm? {
        var annotations: [String: String] = [:]
        annotations["cert-manager.io/private-key-algorithm"] = name
        annotations["cert-manager.io/private-key-size"] = size
        return try CertificateOptions(annotations: annotations).keyAlgorithm
    }

    @Test func `key algorithm and size`() throws {
        #expect(try algorithm(nil, nil) == nil)
        #expect(try algorithm("RSA", nil) == .rsa(bits: 2048))
        #expect(try algorithm("RSA", "4096") == .rsa(bits: 4096))
        #expect(try algorithm("ECDSA", nil) == .ecdsaP256)
        #expect(try algorithm("ECDSA", "384") == .ecdsaP384)
        #expect(try algorithm("Ed25519", nil) == .ed25519)
        #expect(try algorithm(nil, "3072") == .rsa(bits: 3072))
        #expect(try algorithm(nil, "256") == .ecdsaP256)
    }

    @Test func `what cannot be is refused by name`() {
        #expect(throws: BadConfig("private key size 1024 is not one of 2048, 3072, 4096 and 8192 for RSA")) { try algorithm("RSA", "1024") }
        #expect(throws: BadConfig("private key size 521 is not one of 256 and 384 for ECDSA")) { try algorithm("ECDSA", "521") }
        #expect(throws: BadConfig.self) { try algorithm("DSA", nil) }
        #expect(throws: BadConfig.self) { try algorithm("RSA", "many") }
    }

    @Test func `durations have cert-manager's minimums`() throws {
        func options(_ duration: String?, _ renewBefore: String?) throws -> CertificateOptions {
            var annotations: [String: String] = [:]
            annotations["cert-manager.io/duration"] = duration
            annotations["cert-manager.io/renew-before"] = renewBefore
            return try CertificateOptions(annotations: annotations)
        }
        #expect(try options("1h", "5m") == CertificateOptions(duration: .hours(1), renewBefore: .minutes(5)))
        #expect(throws: BadConfig.self) { try options("59m", nil) }
        #expect(throws: BadConfig.self) { try options(nil, "299s") }
        #expect(throws: BadConfig.self) { try options("90 days", nil) }
        #expect(throws: BadConfig.self) { try options("87601h", nil) }
    }
}
