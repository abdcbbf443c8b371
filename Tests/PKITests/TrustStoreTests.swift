import Core
import FoundationEssentials
import Testing

@testable import PKI

@Suite("Checking a chain against roots, RFC 5280 §6") struct TrustStoreTests {
    private func trusting(_ certificate: Certificate) throws -> TrustStore {
        try TrustStore(rootsPEM: Array(PEM.encode([certificate]).utf8))
    }

    @Test func `a chain to a trusted root holds, within its validity`() throws {
        let fixtures = try Fixtures.shared.get()
        let store = try trusting(fixtures.root)
        #expect(try store.refusal(of: [fixtures.leaf], at: fixtures.leaf.notBefore) == nil)
        // libcrypto takes the last second of the validity for the first one behind it.
        let last = fixtures.leaf.notAfter.addingTimeInterval(-1)
        #expect(try store.refusal(of: [fixtures.leaf, fixtures.root], at: last) == nil)
        let late = fixtures.leaf.notAfter.addingTimeInterval(2)
        #expect(try store.refusal(of: [fixtures.leaf], at: late) == "certificate has expired")
        #expect(OpenSSL.drainReason() == nil)
    }

    @Test func `another root of the same name does not do, nor does a chain of too many`() throws {
        let fixtures = try Fixtures.shared.get()
        let twin = try SelfSigned.issue(
            key: fixtures.otherKey, dnsNames: [], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(1e9), isCA: true,
            commonName: "Root")
        #expect(try trusting(twin).refusal(of: [fixtures.leaf, fixtures.root], at: fixtures.leaf.notBefore) != nil)
        #expect(try trusting(twin).refusal(of: [], at: Fixtures.now) == "there is no certificate")
        let most = Array(repeating: fixtures.leaf, count: PKILimits.chainCertificatesMax)
        let store = try trusting(fixtures.root)
        #expect(try store.refusal(of: most, at: fixtures.leaf.notBefore) == nil)
        #expect(try store.refusal(of: most + [fixtures.leaf], at: fixtures.leaf.notBefore)?.hasPrefix("the chain has 33") == true)
        #expect(OpenSSL.drainReason() == nil)
    }

    @Test func `everything that is wrong is said, each thing once and with whose fault it is`() throws {
        let fixtures = try Fixtures.shared.get()
        let twin = try SelfSigned.issue(
            key: fixtures.otherKey, dnsNames: [], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(1e9), isCA: true,
            commonName: "Stranger")
        let late = fixtures.leaf.notAfter.addingTimeInterval(2)
        let alone = try trusting(twin).objections(to: [fixtures.leaf], at: late)
        #expect(Set(alone.map(\.reason)) == [.unknownIssuer, .expired] && alone.count == 2)
        #expect(alone.allSatisfy { $0.depth == 0 && $0.subject == fixtures.leaf.subject })
        let whole = try trusting(twin).objections(to: [fixtures.leaf, fixtures.root], at: fixtures.leaf.notBefore)
        #expect(whole.map(\.reason) == [.untrustedRoot] && whole.first?.depth == 1 && whole.first?.subject == "CN=Root")
        #expect(try trusting(fixtures.root).objections(to: [fixtures.leaf], at: fixtures.leaf.notBefore).isEmpty)
        #expect(try trusting(fixtures.root).objections(to: [twin], at: Fixtures.now).map(\.reason) == [.selfSigned])
        #expect(OpenSSL.drainReason() == nil)
    }
}
