import FoundationEssentials
import TestKit
import Testing

@testable import PKI

@Suite("Revocation lists, RFC 5280 §5") struct RevocationListTests {
    private static let url = "http://crl.test/1.crl"

    private func list(_ der: [UInt8], _ ca: RevocationCA, at now: Date = Date()) throws -> RevocationList {
        try RevocationList(der: der, issuer: ca.certificate, at: now)
    }

    @Test(arguments: [
        ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["rsa:2048"], ["ed25519"],
    ])
    func `openssl's lists are understood: who is revoked, since when and why`(key: [String]) async throws {
        let ca = try await RevocationCA(key: key)
        let (good, bad) = (try await ca.issue("good.test"), try await ca.issue("bad.test"))
        #expect(try list(try await ca.list(), ca).evidence(about: bad, at: Date()).status == .good)
        try await ca.revoke("bad.test", reason: "cessationOfOperation")
        let list = try list(try await ca.list(), ca)
        #expect(try list.evidence(about: good, at: Date()).status == .good)
        guard case .revoked(let at, .cessationOfOperation) = try list.evidence(about: bad, at: Date()).status else {
            Issue.record("not revoked")
            return
        }
        #expect(abs(at.timeIntervalSinceNow) < 60 && abs(list.thisUpdate.timeIntervalSinceNow) < 60)
        #expect(abs((list.nextUpdate ?? .distantPast).timeIntervalSinceNow - 7 * 86_400) < 60)
    }

    @Test func `a list without a reason, and with one of every kind`() async throws {
        let ca = try await RevocationCA()
        let reasons: [(String, RevocationReason?)] = [
            ("unspecified", .unspecified), ("keyCompromise", .keyCompromise), ("CACompromise", .cACompromise),
            ("affiliationChanged", .affiliationChanged), ("superseded", .superseded), ("certificateHold", .certificateHold),
        ]
        var leaves: [Certificate] = []
        for (reason, _) in reasons {
            leaves.append(try await ca.issue("\(reason.lowercased()).test"))
            try await ca.revoke("\(reason.lowercased()).test", reason: reason)
        }
        let list = try list(try await ca.list(), ca)
        for ((_, reason), leaf) in zip(reasons, leaves) {
            guard case .revoked(_, let found) = try list.evidence(about: leaf, at: Date()).status else {
                Issue.record("not revoked")
                continue
            }
            #expect(found == reason)
        }
    }

    @Test func `a list that the issuer has not signed, or may not sign, proves nothing`() async throws {
        let (ca, twin, other) = (try await RevocationCA(), try await RevocationCA(), try await RevocationCA(name: "Other"))
        let der = try await ca.list()
        #expect(code { _ = try list(der, twin) } == .badSignature)
        #expect(code { _ = try list(der, other) } == .badName)
        #expect(message { _ = try list(der, other) }.contains("is of another issuer than \"CN=Other\""))
        let unable = try await RevocationCA(usage: "keyCertSign")
        let unableList = try await unable.list()
        #expect(code { _ = try list(unableList, unable) } == .notAuthority)
        let foreign = try await other.issue("a.test")
        #expect(code { _ = try list(der, ca).evidence(about: foreign, at: Date()) } == .badName)
    }

    @Test func `a list counts in its time`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test")
        let der = try await ca.list()
        let known = try list(der, ca)
        let end = try #require(known.nextUpdate)
        for (now, isGood) in [(known.thisUpdate - 299, true), (known.thisUpdate - 301, false), (end + 299, true), (end + 301, false)] {
            #expect((code { _ = try list(der, ca, at: now) } == nil) == isGood)
            #expect((code { _ = try known.evidence(about: leaf, at: now) } == nil) == isGood)
        }
    }

    @Test func `lists that cannot be used alone are refused by name`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test", lists: [Self.url, "http://crl.test/other.crl"])
        let unnamed = try await ca.issue("b.test")
        let cases: [(lines: [String], words: String?)] = [
            (["2.5.29.27 = critical, DER:020101"], "a delta list"),
            (["issuingDistributionPoint = critical, @point", "[point]", "indirectCRL = TRUE"], "an indirect list"),
            (
                ["issuingDistributionPoint = critical, @point", "[point]", "onlysomereasons = keyCompromise, CACompromise"],
                "a list for some reasons only"
            ),
            (["issuingDistributionPoint = critical, @point", "[point]", "onlyAA = TRUE"], "a list of attribute certificates"),
            (["issuingDistributionPoint = critical, @point", "[point]", "onlyCA = TRUE"], "for certificates of CAs only"),
            (["issuingDistributionPoint = critical, @point", "[point]", "onlyuser = TRUE"], nil),
            (
                ["issuingDistributionPoint = critical, @point", "[point]", "fullname = URI:http://crl.test/2.crl"],
                "for another distribution point than the certificate's"
            ),
            (["issuingDistributionPoint = critical, @point", "[point]", "fullname = URI:\(Self.url)"], nil),
            (["1.2.3.4 = critical, DER:0500"], "a critical extension that is not known"),
            (["1.2.3.4 = DER:0500"], nil),
        ]
        for (lines, words) in cases {
            let der = try await ca.list(lines)
            let said = message { _ = try list(der, ca).evidence(about: leaf, at: Date()) }
            if let words { #expect(said.contains(words)) } else { #expect(said.isEmpty) }
        }
        let part = try await ca.list(["issuingDistributionPoint = critical, @point", "[point]", "fullname = URI:\(Self.url)"])
        #expect(code { _ = try list(part, ca).evidence(about: unnamed, at: Date()) } == .refused)
        let users = try await ca.list(["issuingDistributionPoint = critical, @point", "[point]", "onlyuser = TRUE"])
        #expect(
            message { _ = try list(users, ca).evidence(about: ca.certificate, at: Date()) }.contains("for certificates that are no CA's"))
    }

    @Test func `no bytes trap, and none that were changed are believed`() async throws {
        let ca = try await RevocationCA()
        let leaf = try await ca.issue("a.test", lists: [Self.url])
        try await ca.revoke("a.test")
        let der = try await ca.list(["issuingDistributionPoint = critical, @point", "[point]", "fullname = URI:\(Self.url)"])
        for count in der.indices { #expect(code { _ = try list(Array(der[..<count]), ca) } != nil) }
        #expect(code { _ = try list(der + [0], ca) } == .malformed)
        var random = SeededRandom(seed: 5280)
        for _ in 0..<1000 {
            var damaged = der
            damaged[Int.random(in: damaged.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            #expect(code { _ = try list(damaged, ca).evidence(about: leaf, at: Date()) } != nil)
        }
        let limit = PKILimits.revocationListBytesMax
        #expect(code { _ = try list([UInt8](repeating: 0x30, count: limit), ca) } == .malformed)
        #expect(code { _ = try list([UInt8](repeating: 0x30, count: limit + 1), ca) } == .tooLarge(got: limit + 1, limit: limit))
    }

    @Test func `a list of many entries is walked to its last`() throws {
        let fixtures = try Fixtures.shared.get()
        let found = CertificateNameFields(fixtures.leaf.der.span)
        let names = try #require(found)
        func time(_ text: String) -> [UInt8] { DER.encode(0x17, Array(text.utf8)) }
        var entries: [UInt8] = []
        for number in 0..<5000 {
            let serial: [UInt8] = [0x7F, UInt8(number >> 8), UInt8(number & 255), 1]
            entries += DER.sequence([DER.unsigned(serial), time("270101000000Z")])
        }
        let algorithm = DER.sequence([DER.encode(DER.objectIdentifier, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])])
        func signed(_ entries: [UInt8]) throws -> [UInt8] {
            let body = DER.sequence([
                DER.unsigned([1]), algorithm, names.issuer, time("270115080000Z"), time("270201000000Z"), DER.encode(DER.sequence, entries),
            ])
            let curve = try #require(Curve(.ecdsaP256))
            let pair = try #require(ECDSASignature.der(fromFixedWidth: fixtures.rootKey.jwsSignature(of: body), curve))
            return DER.sequence([body, algorithm, DER.encode(DER.bitString, [0] + pair)])
        }
        let now = Fixtures.now + 3600
        let without = try RevocationList(der: signed(entries), issuer: fixtures.root, at: now)
        #expect(try without.evidence(about: fixtures.leaf, at: now).status == .good)
        let last = DER.sequence([DER.unsigned(fixtures.leaf.serialNumberBytes), time("270101000000Z")])
        let with = try RevocationList(der: signed(entries + last), issuer: fixtures.root, at: now)
        let at = Date(timeIntervalSince1970: 1_798_761_600)
        #expect(try with.evidence(about: fixtures.leaf, at: now).status == .revoked(at: at, reason: nil))
        // A signed list may still be nonsense.
        let nonsense = try RevocationList(der: signed(entries + [0x30, 0x05, 0x01]), issuer: fixtures.root, at: now)
        #expect(code { _ = try nonsense.evidence(about: fixtures.leaf, at: now) } == .malformed)
    }

    @Test(
        arguments: [
            (0x17, "700101000000Z", 0), (0x17, "491231235959Z", 2_524_607_999), (0x17, "500101000000Z", -631_152_000),
            (0x18, "20500101000000Z", 2_524_608_000), (0x17, "700101000000", nil), (0x17, "7001010000Z", nil), (0x17, "701301000000Z", nil),
            (0x17, "700101240000Z", nil), (0x17, "700101000060Z", nil), (0x17, "70010100000+Z", nil), (0x18, "700101000000Z", nil),
            (0x13, "700101000000Z", nil), (0x18, "20500101000000.5Z", nil),
        ] as [(UInt8, String, Int64?)])
    func `times are to the second, in UTC`(tag: UInt8, text: String, seconds: Int64?) {
        let bytes = Array(text.utf8)
        let element = DERElement(tag: tag, content: bytes.indices, whole: bytes.indices)
        #expect(DERTime.seconds(bytes.span, element) == seconds)
    }
}
