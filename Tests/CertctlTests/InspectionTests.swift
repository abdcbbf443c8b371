import Core
import FoundationEssentials
import Issuance
import PKI
import TestKit
import Testing

@testable import certctl

/// A CA with an intermediate, and a certificate of a server.
private struct Town {
    let root: Certificate
    let rootKey: PrivateKey
    let leaf: Certificate
    let leafKey: PrivateKey

    static let now = Sample.now

    init(host: String = "shop.example", issuers: [String] = [], from: Double = -10, to: Double = 80) throws {
        rootKey = try PrivateKey.generate(.ecdsaP256)
        root = try SelfSigned.issue(
            key: rootKey, dnsNames: [], notBefore: Sample.date(days: -1000), notAfter: Sample.date(days: 1000), isCA: true,
            commonName: "Town root")
        leafKey = try PrivateKey.generate(.ecdsaP256)
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [root], privateKey: rootKey))
        leaf = try authority.sign(
            csrDER: try CertificateSigningRequest.make(key: leafKey, dnsNames: [DNSName(parsing: host)], ipAddresses: []),
            notBefore: Sample.date(days: from), notAfter: Sample.date(days: to), urls: .init(issuers: issuers))
    }

    var roots: [UInt8] { Array(PEM.encode([root]).utf8) }

    func inspect(_ chain: [Certificate], host: String? = nil, roots: [UInt8]?, key: PrivateKey? = nil) throws -> Inspection {
        let name = NamespacedName(namespace: "web", name: "shop-tls")
        let subject = InspectionSubject(source: .secret(name), chain: chain, host: host, keyPEM: key.map { $0.pem().copy() })
        return try Inspection(of: subject, roots: roots, at: Town.now)
    }
}

@Suite("What inspect finds wrong") struct InspectionTests {
    private func codes(_ inspection: Inspection) -> [InspectionFinding.Code] { inspection.findings.map(\.code) }

    @Test func `a chain to a root that is trusted holds`() throws {
        let town = try Town()
        let inspection = try town.inspect([town.leaf], host: "shop.example", roots: town.roots, key: town.leafKey)
        #expect(inspection.findings.isEmpty)
        #expect(inspection.text(on: Terminal(columns: 80)).hasPrefix("it holds\n"))
        #expect(try town.inspect([town.leaf, town.root], host: nil, roots: town.roots).findings.isEmpty)
    }

    @Test func `what is past its end, or not there yet, is said with the distance`() throws {
        let old = try Town(from: -100, to: -2)
        let finding = try #require(try old.inspect([old.leaf], roots: old.roots).findings.first)
        #expect(finding.code == .expired && finding.message.contains("the certificate of shop.example expired at"), "\(finding)")
        #expect(finding.message.hasSuffix("2d 0h ago") || finding.message.hasSuffix("1d 23h ago"), "\(finding)")
        #expect(try codes(old.inspect([old.leaf], roots: old.roots)) == [.expired])
        let young = try Town(from: 1, to: 90)
        #expect(try codes(young.inspect([young.leaf], roots: young.roots)) == [.notYetValid])
    }

    @Test func `everything that is wrong is said at once`() throws {
        let town = try Town(from: -100, to: -2)
        let stranger = try Town()
        let found = try codes(town.inspect([town.leaf], host: "other.example", roots: stranger.roots))
        #expect(found == [.expired, .nameMismatch, .unknownIssuer])
    }

    @Test func `a missing intermediate is told from an unknown CA`() throws {
        let hinted = try Town(issuers: ["http://ca.example/town.der"])
        let stranger = try Town()
        let missing = try #require(try hinted.inspect([hinted.leaf], roots: stranger.roots).findings.first)
        #expect(missing.code == .missingIntermediate && missing.next.contains("http://ca.example/town.der"), "\(missing)")
        #expect(missing.message.contains("CN=Town root"), "\(missing)")
        #expect(try codes(stranger.inspect([stranger.leaf], roots: hinted.roots)) == [.unknownIssuer])
        let root = try #require(try hinted.inspect([hinted.leaf, hinted.root], roots: stranger.roots).findings.first)
        #expect(root.code == .untrustedRoot && root.message.contains("Town root"), "\(root)")
    }

    @Test func `a self-signed certificate may be the placeholder`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let alone = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "shop.example")], notBefore: Sample.date(days: -1), notAfter: Sample.date(days: 10),
            isCA: false,
            commonName: nil)
        let town = try Town()
        let finding = try #require(try town.inspect([alone], host: "shop.example", roots: nil).findings.first)
        #expect(
            finding.code == .selfSigned && finding.message.contains("the roots that this system trusts")
                && finding.next.contains("placeholder"), "\(finding)")
        // Who trusts it has nothing against it.
        #expect(try town.inspect([alone], roots: Array(PEM.encode([alone]).utf8)).findings.isEmpty)
    }

    @Test func `a CA's own certificate is not asked whom it is trusted by`() throws {
        let town = try Town()
        #expect(try town.inspect([town.root], roots: nil).findings.isEmpty)
    }

    @Test func `certificates that do not belong, and a key that does not match, are found`() throws {
        let town = try Town()
        let stranger = try Town()
        #expect(try codes(town.inspect([town.leaf, stranger.leaf], roots: town.roots)) == [.unrelatedCertificate])
        let finding = try #require(try town.inspect([town.leaf], roots: town.roots, key: stranger.leafKey).findings.first)
        #expect(finding.code == .keyMismatch && !finding.message.contains("BEGIN"), "\(finding)")
    }

    @Test func `a weak key and a weak signature are found`() async throws {
        let folder = try TemporaryFolder("certctl-inspect")
        func openssl(_ arguments: String) async throws {
            let answer = try await ChildProcess.run(["sh", "-c", "cd '\(folder.path)' && openssl \(arguments)"], in: folder)
            #expect(answer.status == 0, "\(answer.output)")
        }
        try await openssl("req -x509 -newkey rsa:2048 -nodes -days 3000 -subj /CN=old -keyout root.key -out root.pem")
        for (name, bits, digest) in [("short", 1024, "sha256"), ("sha1", 2048, "sha1")] {
            try await openssl("req -newkey rsa:\(bits) -nodes -subj /CN=\(name).example -keyout \(name).key -out \(name).csr")
            try await openssl(
                "x509 -req -in \(name).csr -CA root.pem -CAkey root.key -CAcreateserial -days 2000 -\(digest) -out \(name).pem")
            let subject = try InspectionSubject.file(folder.path + "/\(name).pem", host: nil)
            let found = try Inspection(of: subject, roots: Array(try folder.read("root.pem").utf8), at: Sample.now).findings
            #expect(found.map(\.code) == [.weakKey], "\(found)")
        }
        try await openssl("x509 -in short.pem -outform DER -out short.der")
        #expect(try InspectionSubject.file(folder.path + "/short.der", host: nil).chain.count == 1)
    }

    @Test func `what is served is compared with what is stored`() throws {
        let town = try Town()
        var fact = Sample.fact("shop-tls", hosts: ["shop.example"], days: 90, leftDays: 80)
        func compare() -> InspectionComparison {
            InspectionComparison(served: town.leaf, host: "shop.example", at: "192.0.2.1:443", facts: [fact], now: Sample.now)
        }
        let other = try #require(compare().findings.first)
        #expect(other.code == .differsFromStored && other.message.contains("Secret web/shop-tls holds serial 03a1b2"), "\(other)")
        fact.fingerprint = town.leaf.sha256Fingerprint
        #expect(compare().findings.isEmpty && compare().notes == ["192.0.2.1:443 serves what Secret web/shop-tls holds"])
        fact.revoked = Sample.date(days: -1)
        #expect(compare().findings.map(\.code) == [.revoked])
        fact.fingerprint = nil
        #expect(compare().findings.first?.message.contains("holds no certificate") == true)
        fact.hosts = ["elsewhere.example"]
        #expect(compare().findings.map(\.code) == [.notStored])
    }

    @Test func `names in certificates cannot drive the terminal, and JSON has the codes`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let evil = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Sample.date(days: -1), notAfter: Sample.date(days: 10), isCA: false,
            commonName: "a\u{202E}moc\u{200B}")
        let town = try Town()
        let inspection = try town.inspect([evil], host: "shop.example", roots: nil)
        let text = inspection.text(on: Terminal(columns: 60))
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .format })
        #expect(text.split(separator: "\n").allSatisfy { $0.columns <= 60 }, "\(text)")
        let json = try inspection.json()
        #expect(json.contains(#""code" : "nameMismatch""#) && json.contains(#""next" : ""#), "\(json)")
    }
}
