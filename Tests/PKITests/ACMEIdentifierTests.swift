import FoundationEssentials
import Testing

@testable import PKI

@Suite("The certificate of tls-alpn-01, RFC 8737 §3") struct ACMEIdentifierTests {
    @Test func `openssl sees one name, the critical extension with the digest, and a signature by its own key`() throws {
        let tool = try OpenSSLTool()
        let key = try PrivateKey.generate(.ecdsaP256)
        let digest = hexadecimal(sha256(Array("token.thumbprint".utf8)))
        for (identifier, name) in [("www.example.com", "DNS:www.example.com"), ("192.0.2.1", "IP Address:192.0.2.1")] {
            let made = try ACMEIdentifierCertificate.make(
                identifier: identifier, keyAuthorization: "token.thumbprint", key: key, now: Date())
            try tool.write(PEM.encode([made]), "made.pem")
            let text = try tool.run("x509 -in @made.pem -noout -text").text
            #expect(text.contains("1.3.6.1.5.5.7.1.31: critical"))
            #expect(text.contains("\(name)\n") && !text.contains("\(name),"))
            #expect(try tool.run("asn1parse -in @made.pem").text.lowercased().contains("[hex dump]:0420" + digest))
            #expect(
                try tool.run("verify -partial_chain -trusted @made.pem @made.pem", allowFailure: true).text.contains("unhandled critical"))
            #expect(made.isValid(at: Date()) && made.isValid(at: Date() - 3600) && !made.isValid(at: Date() + 8 * 86_400))
            #expect(key.matches(made) && made.isSelfIssued)
        }
    }

    @Test(arguments: ["*.example.com", "", "exa mple.com", "192.0.2.256", "a..b"])
    func `what is no host and no address has none`(identifier: String) throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        #expect(
            code { _ = try ACMEIdentifierCertificate.make(identifier: identifier, keyAuthorization: "k", key: key, now: Date()) }
                == .badName)
    }
}
