import FoundationEssentials
import Testing

@testable import PKI

@Suite("What ACME needs of a certificate: RFC 9773 §4.1, RFC 6962 §3.3")
struct ACMECertificateTests {
    /// The certificate of RFC 9773 appendix A by what counts of it: authority key identifier and serial number.
    @Test func `the identifier of the RFC's example`() throws {
        let tool = try OpenSSLTool()
        try tool.write(
            """
            [req]
            distinguished_name = name
            [name]
            [leaf]
            authorityKeyIdentifier = DER:30:16:80:14:69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4
            subjectAltName = DNS:example.com
            """, "config")
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key")
        try tool.run(
            "req -x509 -new -key @key -days 30 -set_serial 0x87654321 -config @config -extensions leaf -out @leaf -subj /CN=example.com")
        let leaf = try #require(try CertificateChain.parse(pem: tool.read("leaf")).first)
        #expect(ARICertificateID(leaf)?.text == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
    }

    @Test func `an identifier is read back when it is one`() {
        let text = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
        #expect(ARICertificateID(parsing: text)?.text == text)
        for bad in ["", ".", "a.", ".AQ", "aYhb", "aYhb.AQ.AQ", "aYh/.AQ", "aYhb.AQ==", "../AQ", "aYhb.A"] {
            #expect(ARICertificateID(parsing: bad) == nil, "\(bad)")
        }
        let half = String(repeating: "AAAA", count: 63)
        #expect(ARICertificateID(parsing: half + ".AAAA" + half.dropLast(0)) != nil)
        #expect(ARICertificateID(parsing: half + ".AAAAAAAA" + half) == nil)
    }

    @Test func `a certificate without an authority key identifier has no identifier`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 10), commonName: "a")
        #expect(ARICertificateID(certificate) == nil)
    }

    private static func list(_ timestamps: [[UInt8]]) -> [UInt8] {
        func vector(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }
        return DER.encode(DER.octetString, vector(timestamps.flatMap(vector)))
    }

    @Test func `timestamps are counted, damaged lists count nothing`() {
        let one = [UInt8](repeating: 7, count: 119)
        for count in [0, 1, 2, 3, 20] {
            #expect(Certificate.timestampCount(inListDER: Self.list(Array(repeating: one, count: count))) == count)
        }
        let good = Self.list([one, one])
        for length in 0..<good.count { #expect(Certificate.timestampCount(inListDER: Array(good.prefix(length))) == 0) }
        #expect(Certificate.timestampCount(inListDER: good + [0]) == 0)
        #expect(Certificate.timestampCount(inListDER: Self.list([[]])) == 0)
        #expect(Certificate.timestampCount(inListDER: DER.encode(DER.octetString, [0, 3, 0, 9, 1])) == 0)
    }

    @Test func `timestamps are found in a certificate`() throws {
        let tool = try OpenSSLTool()
        let list = Self.list([[UInt8](repeating: 1, count: 50), [UInt8](repeating: 2, count: 50)])
        let hex = list.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
        try tool.write("[req]\ndistinguished_name = name\n[name]\n[leaf]\n1.3.6.1.4.1.11129.2.4.2 = DER:\(hex)\n", "config")
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key")
        try tool.run("req -x509 -new -key @key -days 30 -config @config -extensions leaf -out @leaf -subj /CN=example.com")
        let leaf = try #require(try CertificateChain.parse(pem: tool.read("leaf")).first)
        #expect(leaf.signedCertificateTimestampCount == 2)
        let key = try PrivateKey.generate(.ecdsaP256)
        let bare = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 10), commonName: "a")
        #expect(bare.signedCertificateTimestampCount == 0)
    }
}
