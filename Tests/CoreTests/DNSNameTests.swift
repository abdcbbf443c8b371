import Testing

@testable import Core

@Suite("DNS names: RFC 1123 §2.1, RFC 5890, RFC 6125 §6.4.3") struct DNSNameTests {
    @Test(arguments: [
        ("Example.COM", "example.com"), ("example.com.", "example.com"), ("*.Example.com", "*.example.com"),
        ("Bücher.example", "xn--bcher-kva.example"), ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"), ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("localhost", "localhost"),
        ("1.2.3.4.example", "1.2.3.4.example"),
    ])
    func `a name is lower-cased and converted to A-labels`(given: String, ascii: String) throws {
        #expect(try DNSName(parsing: given).ascii == ascii)
    }

    @Test(arguments: [
        ("", DNSNameError.Reason.empty), (".", .empty), ("*.", .badCharacter(UInt8(ascii: "*"))), ("a..b", .emptyLabel),
        (".a", .emptyLabel),
        ("-a.example", .hyphenAtEdge), ("a-.example", .hyphenAtEdge), ("a_b.example", .badCharacter(UInt8(ascii: "_"))),
        ("a b.example", .badCharacter(UInt8(ascii: " "))), ("a\u{0}.example", .badCharacter(0)), ("*", .badCharacter(UInt8(ascii: "*"))),
        ("a.*.example", .badCharacter(UInt8(ascii: "*"))), ("f*.example", .badCharacter(UInt8(ascii: "*"))),
        ("10.0.0.1", .looksLikeAddress), ("::1", .badCharacter(UInt8(ascii: ":"))), ("a/b.example", .badCharacter(UInt8(ascii: "/"))),
    ])
    func `what is not a name is refused with the rule it breaks`(given: String, reason: DNSNameError.Reason) {
        #expect(throws: DNSNameError(got: given, reason: reason)) { try DNSName(parsing: given) }
    }

    @Test func `a label of 63 bytes is good and one of 64 is not`() throws {
        let label = String(repeating: "a", count: 63)
        #expect(try DNSName(parsing: label + ".example").ascii == label + ".example")
        #expect(throws: DNSNameError(got: label + "a.example", reason: .labelTooLong)) { try DNSName(parsing: label + "a.example") }
    }

    @Test func `a name of 253 bytes is good and one of 254 is not`() throws {
        let long = Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: ".")  // 251 bytes
        #expect(try DNSName(parsing: long + ".b").ascii.utf8.count == 253)
        #expect(throws: DNSNameError(got: long + ".bc", reason: .tooLong)) { try DNSName(parsing: long + ".bc") }
    }

    @Test func `text beyond the limit is not even converted`() {
        #expect(throws: DNSNameError.self) { try DNSName(parsing: String(repeating: "ü", count: 100_000)) }
    }

    @Test(arguments: [
        ("*.example.com", "a.example.com", true), ("*.example.com", "example.com", false), ("*.example.com", "a.b.example.com", false),
        ("example.com", "example.com", true), ("*.example.com", "*.example.com", true), ("*.example.com", "*.a.example.com", false),
    ])
    func `a wildcard covers exactly one label`(name: String, host: String, covers: Bool) throws {
        #expect(try DNSName(parsing: name).covers(DNSName(parsing: host)) == covers)
    }

    @Test func `the error is one line that names what was got`() {
        #expect(DNSNameError(got: "a..b", reason: .emptyLabel).description == "not a DNS name: \"a..b\": a label is empty")
    }
}

@Suite("Names of objects and addresses") struct NamesTests {
    @Test(arguments: ["a", "a/b/c", "/b", "a/", ""])
    func `namespace and name need exactly one slash`(text: String) {
        #expect(NamespacedName(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), (":9402", "::", 9402), ("localhost:65535", "localhost", 65_535),
    ])
    func `a listen address is host and port`(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "a:-1", ""])
    func `what is not host and port is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}

@Suite("IP addresses, RFC 5952") struct IPAddressTextTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::", "::"), ("::1", "::1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("fe80::0001", "fe80::1"), ("1::", "1::"),
    ])
    func `addresses have one form`(text: String, canonical: String) {
        #expect(IPAddressText.canonical(text) == canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "a.example", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "fe80::1%eth0", "::1/64", "[::1]", "12345::", "+1::", "1.2.3.4::", "1:2:3:4:5:6:7::8:9", "::1 ",
    ])
    func `anything else is no address`(text: String) {
        #expect(IPAddressText.canonical(text) == nil)
    }
}
