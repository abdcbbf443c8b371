import FoundationEssentials
import KubernetesAPI
import PKI
import Store
import Testing

@testable import Certificates

@Suite("A bad Secret never replaces a good one")
struct SecretReplacementTests {
    private static let good = Result { try Pair(["a.example"]) }
    private static let other = Result { try Pair(["a.example"]) }

    enum Breakage: CaseIterable {
        case emptyData, emptyValues, noKey, noCertificate, garbage, keyOfAnother, swapped, truncated

        func content(_ good: Pair, _ other: Pair) -> [String: [UInt8]] {
            let (certificate, key) = (good.certificatePEM, good.privateKeyPEM)
            return switch self {
            case .emptyData: [:]
            case .emptyValues: ["tls.crt": [], "tls.key": []]
            case .noKey: ["tls.crt": certificate]
            case .noCertificate: ["tls.key": key]
            case .garbage: ["tls.crt": Array("garbage".utf8), "tls.key": [0, 255, 7]]
            case .keyOfAnother: ["tls.crt": certificate, "tls.key": other.privateKeyPEM]
            case .swapped: ["tls.crt": key, "tls.key": certificate]
            case .truncated: ["tls.crt": Array(certificate.dropLast(100)), "tls.key": key]
            }
        }
    }

    @Test(arguments: Breakage.allCases)
    func `a broken replacement leaves the certificate in force and is reported`(breakage: Breakage) throws {
        let (good, other) = (try SecretReplacementTests.good.get(), try SecretReplacementTests.other.get())
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        let before = try #require(world.index().credential(for: "a.example"))
        world.put(Make.secret("s", breakage.content(good, other)))
        #expect(world.index().credential(for: "a.example") === before)
        #expect(world.verdict("s").hasPrefix("bad: "))
        #expect(world.catalog.verdict(for: Make.name("s")).inForce?.leaf == good.leaf)
        let problem = try #require(world.problems().first)
        #expect(problem.hasPrefix("SecretUnusable: secret shop/s is unusable: "))
        #expect(problem.hasSuffix("; the certificate in force stays, which expires at 2026-04-23T02:40:00Z"))
        #expect(!problem.contains("BEGIN"))
        world.put(other.secret("s"))
        #expect(world.index().leaf("a.example") == other.leaf)
        #expect(world.problems().isEmpty)
    }

    @Test(arguments: Breakage.allCases)
    func `a Secret that was never good gets a placeholder and says why`(breakage: Breakage) throws {
        let (good, other) = (try SecretReplacementTests.good.get(), try SecretReplacementTests.other.get())
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), Make.secret("s", breakage.content(good, other)))
        #expect(world.index().credential(for: "a.example")?.isPlaceholder == true)
        #expect(world.verdict("s").hasPrefix("bad: "))
        #expect(world.catalog.verdict(for: Make.name("s")).inForce == nil)
    }

    @Test func `what is missing is named`() throws {
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), Make.secret("s", [:]))
        _ = world.index()
        #expect(world.verdict("s") == "bad: tls.crt and tls.key missing or empty")
        world.put(Make.secret("s", ["tls.crt": [1]]))
        _ = world.index()
        #expect(world.verdict("s") == "bad: tls.key missing or empty")
    }

    @Test func `an expired replacement leaves a valid certificate in force`() throws {
        let (good, expired) = (try SecretReplacementTests.good.get(), try Pair(["a.example"], days: -90 ... -1))
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        let before = world.index().credential(for: "a.example")
        world.put(expired.secret("s"))
        #expect(world.index().credential(for: "a.example") === before)
        #expect(world.verdict("s") == "bad: not valid now: the certificate is valid from 2025-11-04T02:40:00Z to 2026-02-01T02:40:00Z")
        #expect(world.problems().first?.hasPrefix("ReplacementNotValid: secret shop/s: the certificate is valid from") == true)
        // Once neither is valid, the Secret has its way.
        let later = Pair.now.addingTimeInterval(90 * 86_400)
        #expect(world.catalog.refresh(now: later)?.leaf("a.example") == expired.leaf)
        #expect(world.verdict("s") == "good")
    }

    @Test func `a replacement that is not valid yet takes over when it is`() throws {
        let (good, future) = (try SecretReplacementTests.good.get(), try Pair(["a.example"], days: 1...90))
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        _ = world.index()
        world.put(future.secret("s"))
        #expect(world.index().leaf("a.example") == good.leaf)
        #expect(world.catalog.refresh(now: Pair.now) == nil)
        let tomorrow = Pair.now.addingTimeInterval(86_401)
        #expect(world.catalog.refresh(now: tomorrow)?.leaf("a.example") == future.leaf)
        #expect(world.catalog.refresh(now: tomorrow) == nil)
        #expect(world.problems(now: tomorrow).isEmpty)
    }

    @Test func `an expired certificate is served for want of a better one, and reported`() throws {
        let expired = try Pair(["a.example"], days: -90 ... -1)
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), expired.secret("s"))
        let index = world.index()
        #expect(index.leaf("a.example") == expired.leaf)
        #expect(index.hasCertificate("a.example"))
        #expect(
            world.problems() == [
                "CertificateExpired: secret shop/s: the certificate is valid from 2025-11-04T02:40:00Z to 2026-02-01T02:40:00Z; "
                    + "served for want of a better one"
            ])
        let future = try Pair(["a.example"], days: 5...10)
        world.put(future.secret("s"))
        #expect(world.index().leaf("a.example") == future.leaf)
        #expect(world.problems().first?.hasPrefix("CertificateNotYetValid: ") == true)
    }

    @Test func `deleting the Secret does not take the site down`() throws {
        let good = try SecretReplacementTests.good.get()
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        let before = world.index().credential(for: "a.example")
        world.remove(.secret, Make.name("s"))
        #expect(world.index().credential(for: "a.example") === before)
        #expect(world.verdict("s") == "missing")
        #expect(world.catalog.verdict(for: Make.name("s")).inForce?.leaf == good.leaf)
        #expect(world.problems().first?.hasPrefix("SecretNotFound: secret shop/s does not exist; the certificate in force stays") == true)
        world.remove(.ingress, Make.name("web"))
        #expect(world.index().credential(for: "a.example") == nil)
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]))
        #expect(world.index().credential(for: "a.example")?.isPlaceholder == true)
    }

    @Test func `naming another Secret takes effect when that one is usable`() throws {
        let (old, new) = (try SecretReplacementTests.good.get(), try SecretReplacementTests.other.get())
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "old")]), old.secret("old"))
        let before = world.index().credential(for: "a.example")
        world.put(Make.ingress("web", tls: [(["a.example"], "new")]))
        #expect(world.index().credential(for: "a.example") === before)
        world.put(new.secret("new"))
        #expect(world.index().leaf("a.example") == new.leaf)
    }

    @Test func `a certificate for other hosts does not replace one that covers`() throws {
        let (good, strange) = (try SecretReplacementTests.good.get(), try Pair(["strange.example"]))
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        let before = world.index().credential(for: "a.example")
        world.put(strange.secret("s"))
        #expect(world.index().credential(for: "a.example") === before)
        #expect(
            world.problems() == ["CertificateDoesNotCoverHost: ingress shop/web: the certificate in secret shop/s does not cover a.example"]
        )
    }

    @Test func `a certificate in force does not pass to another namespace`() throws {
        let good = try SecretReplacementTests.good.get()
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        #expect(world.index().leaf("a.example") == good.leaf)
        world.remove(.ingress, Make.name("web"))
        world.put(Make.ingress("web", namespace: "thief", tls: [(["a.example"], "absent")]))
        #expect(world.index().credential(for: "a.example")?.isPlaceholder == true)
    }

    @Test func `a Secret whose content stays keeps its credential`() throws {
        let good = try SecretReplacementTests.good.get()
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), good.secret("s"))
        let before = world.index().credential(for: "a.example")
        guard case .secret(var secret) = good.secret("s") else { return }
        secret.metadata.labels = ["touched": "yes"]
        secret.data["ca.crt"] = [1, 2, 3]
        world.put(.secret(secret))
        #expect(world.index().credential(for: "a.example") === before)
        world.changed = .init(isEverything: true)
        #expect(world.index().credential(for: "a.example") === before)
    }

    @Test func `many Secrets are read in parallel and none is lost`() throws {
        let good = try SecretReplacementTests.good.get()
        var world = try World()
        for number in 0..<(3 * CertificateLimits.parallelReadsMin + 1) {
            world.put(Make.ingress("i\(number)", namespace: "n\(number)", tls: [(["a.example"], "s")]))
            if number % 7 == 0 {
                world.put(Make.secret("s", namespace: "n\(number)", [:]))
            } else {
                world.put(good.secret("s", namespace: "n\(number)"))
            }
        }
        _ = world.index()
        for number in 0..<(3 * CertificateLimits.parallelReadsMin + 1) {
            let verdict = world.catalog.verdict(for: Make.name("s", namespace: "n\(number)"))
            #expect((verdict.inForce != nil) == (number % 7 != 0))
        }
    }

    @Test func `what a change puts in force is told, and only that`() throws {
        let (good, other) = (try SecretReplacementTests.good.get(), try SecretReplacementTests.other.get())
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s"), (["b.example"], "t")]), good.secret("s"))
        let index = world.index()
        #expect(world.catalog.adopted.map(\.secret) == [Make.name("s")])
        #expect(world.catalog.adopted.first === index.credential(for: "a.example"))
        world.put(Make.secret("s", [:]))
        _ = world.index()
        #expect(world.catalog.adopted.isEmpty)
        // Another one, and a first one for which it is too early; it is served for want of a better one.
        world.put(other.secret("s"), try Pair(["b.example"], days: 1...90).secret("t"))
        _ = world.index()
        #expect(Set(world.catalog.adopted.compactMap(\.secret)) == [Make.name("s"), Make.name("t")])
        // One that is held back until it is valid.
        world.put(try Pair(["a.example"], days: 1...90).secret("s"))
        _ = world.index()
        #expect(world.catalog.adopted.isEmpty)
        #expect(world.catalog.refresh(now: Pair.now.addingTimeInterval(2 * 86_400)) != nil)
        #expect(world.catalog.adopted.map(\.secret) == [Make.name("s")])
        #expect(world.catalog.refresh(now: Pair.now.addingTimeInterval(3 * 86_400)) == nil && world.catalog.adopted.isEmpty)
    }
}
