import FoundationEssentials
import PKI
import Testing

@testable import Certificates

@Suite("Placeholder certificates")
struct PlaceholderTests {
    @Test func `a listed host without a certificate gets a placeholder of its own, the same every time`() throws {
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example", "*.w.example"], "absent")]))
        let index = world.index()
        let first = try #require(index.credential(for: "a.example"))
        #expect(first.isPlaceholder)
        #expect(first.secret == nil)
        #expect(first.keyPair.leaf.dnsNames == ["a.example"])
        #expect(first.keyPair.leaf.isValid(at: Pair.now))
        #expect(first.keyPair.leaf.isSelfIssued)
        #expect(index.credential(for: "A.example.") === first)
        #expect(!index.hasCertificate("a.example"))
        let wildcard = try #require(index.credential(for: "x.w.example"))
        #expect(wildcard.keyPair.leaf.dnsNames == ["*.w.example"])
        #expect(index.credential(for: "y.w.example") === wildcard)
        world.put(Make.ingress("other", tls: [(["b.example"], "absent")]))
        #expect(world.index().credential(for: "a.example") === first)
        #expect(index.fallback !== first)
    }

    @Test func `no more placeholders are kept than the limit says`() throws {
        let credential = try PlaceholderFactory(now: Pair.now).fallback
        var cache = PlaceholderCache()
        for number in 0..<CertificateLimits.placeholdersMax { _ = cache.insert(credential, for: "h\(number)") }
        #expect(cache.count == CertificateLimits.placeholdersMax)
        #expect(cache["h0"] != nil)
        _ = cache.insert(credential, for: "one-more")
        #expect(cache.count == CertificateLimits.placeholdersMax)
        #expect(cache["h0"] == nil)
        #expect(cache["h1"] != nil)
        for number in 0..<CertificateLimits.placeholdersMax { _ = cache.insert(credential, for: "again\(number)") }
        #expect(cache.count == CertificateLimits.placeholdersMax)
        #expect(cache["one-more"] == nil)
        #expect(cache["again0"] != nil)
    }

    @Test func `many threads that ask at once get the same placeholder`() async throws {
        let factory = try PlaceholderFactory(now: Pair.now)
        let all = await withTaskGroup(of: Credential.self) { group in
            for _ in 0..<16 { group.addTask { factory.credential(for: "a.example") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(all.map(ObjectIdentifier.init)).count == 1)
    }

    @Test func `a name that no certificate can hold gets the fallback`() throws {
        let factory = try PlaceholderFactory(now: Pair.now)
        #expect(factory.credential(for: "not a name") === factory.fallback)
    }
}
