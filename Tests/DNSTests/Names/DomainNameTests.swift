import Core
import DNS
import Testing

@Suite("Names in the DNS, RFC 1035 §2.3.4") struct DomainNameTests {
    @Test func `case and the trailing dot do not matter`() throws {
        #expect(try DomainName("_ACME-Challenge.Example.COM.") == DomainName("_acme-challenge.example.com"))
        #expect(try DomainName("_ACME-Challenge.Example.COM.").text == "_acme-challenge.example.com")
        #expect(try DomainName(".") == .root)
    }

    @Test func `a label has 63 bytes and a name 253 at most`() throws {
        let label = String(repeating: "a", count: 63)
        #expect(throws: Never.self) { try DomainName(label + ".x") }
        #expect(throws: DNSError.self) { try DomainName(label + "a.x") }
        let name = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(name.utf8.count == 253)
        #expect(throws: Never.self) { try DomainName(name) }
        #expect(throws: DNSError.self) { try DomainName(name + "b") }
    }

    @Test(arguments: ["", "..", "a..b", ".a", "a b", "a\\b", "a\"b", "bücher.example", "a\u{0}b", "a;b"])
    func `what is no name is refused with a reason`(text: String) {
        #expect {
            try DomainName(text)
        } throws: { error in
            "\(error)".contains("not a domain name: ")
        }
    }

    @Test func `parents lead to the root`() throws {
        var names: [String] = []
        var next: DomainName? = try DomainName("a.b.c")
        while let name = next {
            names.append(name.text)
            next = name.parent
        }
        #expect(names == ["a.b.c", "b.c", "c", "."])
    }

    @Test func `a subdomain ends with whole labels`() throws {
        let zone = try DomainName("example.com")
        #expect(try DomainName("a.example.com").isSubdomain(of: zone))
        #expect(zone.isSubdomain(of: zone))
        #expect(zone.isSubdomain(of: .root))
        #expect(try !DomainName("badexample.com").isSubdomain(of: zone))
        #expect(try !DomainName("com").isSubdomain(of: zone))
    }

    @Test func `a wildcard is taken off`() throws {
        let (name, isWildcard) = try DomainName("*.example.com").withoutWildcard
        #expect(try name == DomainName("example.com") && isWildcard)
        #expect(try DomainName("example.com").withoutWildcard == (name, false))
        #expect(try name.child("_acme-challenge").text == "_acme-challenge.example.com")
    }
}

@Suite("Name servers as people write them") struct NameserverTests {
    @Test(
        arguments: [
            ("1.1.1.1", "1.1.1.1", 53), ("1.1.1.1:5353", "1.1.1.1", 5353), ("2606:4700::1111", "2606:4700::1111", 53),
            ("[::1]:54", "::1", 54),
            ("[::1]", "::1", 53), ("ns.example", "ns.example", 53), ("ns.example:99", "ns.example", 99),
        ] as [(String, String, UInt16)])
    func `an address or a host, with or without a port`(text: String, host: String, port: UInt16) throws {
        let server = try Nameserver(text)
        #expect(server.host == host)
        #expect(server.port == port)
    }

    @Test(arguments: [
        "", "1.1.1.1:0", "1.1.1.1:65536", "1.1.1.1:x", "[::1", "[::1]x", "[1.1.1.1]:53", "a b:53", "*.x:53", "300.1.1.1", ":53",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: DNSError.self) { try Nameserver(text) }
    }

    @Test func `DNS over HTTPS is refused by name`() {
        #expect {
            try Nameserver("https://1.1.1.1/dns-query")
        } throws: { error in
            "\(error)".contains("DNS over HTTPS or TLS) are not supported")
        }
    }

    @Test func `an IPv6 address is shown in brackets`() throws {
        #expect(try Nameserver("::1").description == "[::1]:53")
    }
}
