import Core
import FoundationEssentials
import TestKit
import Testing

@testable import PKI

/// Foreign bytes may be refused and may be accepted; they may not trap, and may not leave an error behind for the next caller.
@Suite("Damaged input") struct FuzzTests {
    static let seed: UInt64 = 0x5EED_2026

    /// Inputs of every kind that is read, valid ones.
    private func readers() throws -> [(name: String, input: [UInt8], read: ([UInt8]) -> Void)] {
        let fixtures = try Fixtures.shared.get()
        let tool = try OpenSSLTool()
        try tool.write(fixtures.leafKeyPEM, "key.pem")
        try tool.run("ec -in @key.pem -outform DER -out @sec1.der")
        let sec1 = try tool.read("sec1.der")
        let pkcs8 = try #require(
            try PEMBlock.all(in: fixtures.leafKeyPEM.span, subject: "x").first?.decoded(from: fixtures.leafKeyPEM.span))
        let csr = try CertificateSigningRequest.make(
            key: fixtures.leafKey, dnsNames: [DNSName(parsing: "a.example")], ipAddresses: ["::1"], commonName: "a")
        let jws = try JWS.sign(protectedHeaderJSON: Array(#"{"alg":"ES256"}"#.utf8), payload: [1], key: fixtures.leafKey)
        let jwk = fixtures.leafKey.jwk
        func pem(_ label: String) -> ([UInt8]) -> Void {
            { der in _ = try? PrivateKey(pem: Array(PEM.encode(der, label: label).utf8)) }
        }
        return [
            ("certificate", fixtures.leaf.der, { use(try? Certificate(der: $0)) }),
            ("request", csr, { _ = try? CertificateSigningRequest(der: $0) }),
            ("public key", fixtures.leafKey.publicKeyDER, { _ = try? PublicKey(der: $0) }),
            ("SEC1", sec1, pem("EC PRIVATE KEY")), ("PKCS#8", pkcs8, pem("PRIVATE KEY")),
            ("key PEM", fixtures.leafKeyPEM, { _ = try? PrivateKey(pem: $0) }),
            ("chain PEM", fixtures.leafPEM, { for certificate in (try? CertificateChain.parse(pem: $0)) ?? [] { use(certificate) } }),
            ("JWS", jws, { try? JWSMessage(flattenedJSON: $0).verify(with: jwk) }),
        ]
    }

    @Test func `input cut at every byte is refused or read, without a trap`() throws {
        for reader in try readers() {
            for count in reader.input.indices { reader.read(Array(reader.input.prefix(count))) }
            #expect(OpenSSL.drainReason() == nil, "\(reader.name)")
        }
    }

    @Test func `input cut at every byte is never a certificate, request or key`() throws {
        let readers = try readers()
        for count in readers[0].input.indices {
            #expect(code { _ = try Certificate(der: Array(readers[0].input.prefix(count))) } == .malformed)
        }
        for count in readers[1].input.indices {
            #expect(code { _ = try CertificateSigningRequest(der: Array(readers[1].input.prefix(count))) } == .malformed)
        }
        for (reader, label) in zip(readers[3...4], ["EC PRIVATE KEY", "PRIVATE KEY"]) {
            for count in reader.input.indices {
                let pem = Array(PEM.encode(Array(reader.input.prefix(count)), label: label).utf8)
                #expect(code { _ = try PrivateKey(pem: pem) } != nil, "\(reader.name) at \(count)")
            }
        }
    }

    @Test func `changed bytes are refused or read, without a trap`() throws {
        var random = SeededRandom(seed: Self.seed)
        for reader in try readers() {
            for round in 0..<400 {
                reader.read(mutated(reader.input, using: &random))
                #expect(OpenSSL.drainReason() == nil, "\(reader.name), seed \(Self.seed), round \(round)")
            }
        }
    }

    @Test func `a damaged RSA key is refused or read, without a trap`() throws {
        let tool = try OpenSSLTool()
        try tool.run("genrsa -traditional -out @key.pem 2048")
        try tool.run("rsa -in @key.pem -traditional -outform DER -out @key.der")
        let der = try tool.read("key.der")
        var random = SeededRandom(seed: Self.seed)
        for count in stride(from: 0, to: der.count, by: 7) {
            let pem = Array(PEM.encode(Array(der.prefix(count)), label: "RSA PRIVATE KEY").utf8)
            #expect(code { _ = try PrivateKey(pem: pem) } != nil)
        }
        for _ in 0..<300 {
            let pem = Array(PEM.encode(mutated(der, using: &random), label: "RSA PRIVATE KEY").utf8)
            if let key = try? PrivateKey(pem: pem) { _ = key.jwk }
        }
        #expect(OpenSSL.drainReason() == nil)
    }

    @Test func `noise is refused, without a trap`() throws {
        var random = SeededRandom(seed: Self.seed)
        let readers = try readers()
        for _ in 0..<300 {
            let noise = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            for reader in readers { reader.read(noise) }
            _ = Base64URL.decode(String(decoding: noise, as: UTF8.self))
        }
        #expect(OpenSSL.drainReason() == nil)
    }

    /// Changes, removes, repeats or inserts a few bytes.
    private func mutated(_ input: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var output = input
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let at = output.indices.randomElement(using: &random) else { return output }
            switch Int.random(in: 0..<5, using: &random) {
            case 0: output[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: output[at] = [0, 1, 0x7F, 0x80, 0x81, 0x84, 0xFF, 0x30][Int.random(in: 0..<8, using: &random)]
            case 2: output.remove(at: at)
            case 3: output.insert(UInt8.random(in: 0...255, using: &random), at: at)
            default: output.replaceSubrange(at..<min(at + 8, output.count), with: output.suffix(8))
            }
        }
        return output
    }
}

/// Reads every fact, so that lazy ones are met too.
private func use(_ certificate: Certificate?) {
    guard let certificate, let host = try? DNSName(parsing: "www.example.com") else { return }
    _ = certificate.keyAlgorithm
    _ = certificate.keyDescription
    _ = certificate.sha256Fingerprint
    _ = certificate.serialNumber
    _ = certificate.covers(host)
    _ = certificate.notBefore...max(certificate.notBefore, certificate.notAfter)
    _ = certificate.isIssued(by: certificate)
    _ = CertificateChain(repairing: [certificate, certificate], leaf: certificate)
    if let key = try? Fixtures.shared.get().leafKey { _ = key.matches(certificate) }
}
