import Core
import Policies
import Testing

@Suite("Patterns for DNS names") struct DNSNamePatternTests {
    private func has(_ pattern: String, _ name: String) throws -> Bool {
        try DNSNamePattern(parsing: pattern).contains(DNSName(parsing: name))
    }

    private func overlaps(_ pattern: String, _ name: String) throws -> Bool {
        try DNSNamePattern(parsing: pattern).overlaps(DNSName(parsing: name))
    }

    @Test(
        arguments: [
            ("www.a.example", "www.a.example"), ("*.a.example", "x.a.example"), ("**.a.example", "x.a.example"),
            ("**.a.example", "z.y.x.a.example"), ("**", "a.example"), ("**", "localhost"), ("*", "localhost"),
            ("pr-*.a.example", "pr-7.a.example"),
            ("*-blue.a.example", "api-blue.a.example"), ("a*z.example", "abz.example"), ("www.*.example", "www.x.example"),
            ("**.*.example", "x.y.example"),
        ]
    ) func `a pattern has the names that it stands for`(_ pattern: String, _ name: String) throws {
        #expect(try has(pattern, name))
        #expect(try overlaps(pattern, name))
    }

    @Test(
        arguments: [
            ("www.a.example", "w.a.example"), ("*.a.example", "a.example"), ("*.a.example", "y.x.a.example"), ("**.a.example", "a.example"),
            ("**.a.example", "xa.example"), ("*.a.example", "x.a.example.evil.example"), ("a.example", "a.example.evil"),
            ("*", "a.example"),
            ("pr-*.a.example", "pr-.a.example"), ("pr-*.a.example", "pr-7.b.a.example"), ("pr-*.a.example", "xpr-7.a.example"),
            ("a*a.example", "a.example"), ("*-blue.a.example", "-blue.example"), ("**.*.example", "x.example"),
        ].filter { (try? DNSName(parsing: $0.1)) != nil }
    ) func `and no others`(_ pattern: String, _ name: String) throws {
        #expect(try !has(pattern, name))
        #expect(try !overlaps(pattern, name))
    }

    @Test(
        arguments: [
            // What the wildcard stands for, the pattern has, all of it.
            ("*.a.example", "*.a.example", true, true), ("**.a.example", "*.a.example", true, true),
            ("**.a.example", "*.x.a.example", true, true), ("**", "*.example", true, true),
            // Of these it has only one, or some.
            ("admin.a.example", "*.a.example", false, true), ("pr-*.a.example", "*.a.example", false, true),
            // Of these none: a wildcard stands for one label.
            ("a.example", "*.a.example", false, false), ("y.x.a.example", "*.a.example", false, false),
            ("**.x.a.example", "*.a.example", false, false), ("*.a.example", "*.x.a.example", false, false),
            ("*.b.example", "*.a.example", false, false),
        ]
    ) func `a wildcard is judged by all that it stands for`(_ pattern: String, _ name: String, _ contains: Bool, _ overlaps: Bool) throws {
        #expect(try has(pattern, name) == contains)
        #expect(try self.overlaps(pattern, name) == overlaps)
    }

    @Test(
        arguments: [
            ("*.A.Example", "X.a.EXAMPLE"), ("*.a.example.", "x.a.example"), ("*.a.example", "x.a.example."),
            ("bücher.example", "BÜCHER.example"),
            ("bücher.example", "xn--bcher-kva.example"), ("XN--BCHER-KVA.example", "bücher.example"),
            ("*.bücher.example", "a.xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
        ]
    ) func `case, encoding and a trailing dot make no other name`(_ pattern: String, _ name: String) throws {
        #expect(try has(pattern, name))
    }

    @Test(
        arguments: [
            // Cyrillic а, Greek ο, fullwidth letters are made plain by IDNA and are the same name; a combining mark makes another.
            ("shop.example", "shоp.example"), ("apple.example", "аpple.example"), ("a.example", "á.example"),
            // A pattern with a star within a label does not look behind the encoding.
            ("*-kva.a.example", "bücher.a.example"), ("x*.a.example", "bücher.a.example"), ("*a.a.example", "bücher.a.example"),
        ]
    ) func `a name that only looks alike is another`(_ pattern: String, _ name: String) throws {
        #expect(try !has(pattern, name))
    }

    @Test func `fullwidth letters are the letters that they stand for`() throws {
        #expect(try has("shop.example", "ｓｈｏｐ.example"))
        #expect(try has("shop.example", "shop。example"))
    }

    @Test(
        arguments: [
            "", ".", "..", "a..example", ".a.example", "*.**.example", "a.**", "***", "**x.example", "a*b*c.example", "xn--*.a.example",
            "xn--*-kva.example", "a_b.example",
            "a b.example",
            "-*.example", "*-.example", "ü*.example", "10.0.0.1", "*.0.0.1", "x.1", String(repeating: "a", count: 64) + ".example",
            String(repeating: "a.", count: 127) + "example", "a。b.example", "http://a.example", "a.example/x", "a.example:443", "[::1]",
            String(repeating: "*.", count: 1000) + "example",
        ]
    ) func `what cannot be a name cannot be a pattern`(_ text: String) {
        #expect(throws: PatternError.self) { try DNSNamePattern(parsing: text) }
    }

    @Test func `the normalised text reads as the same pattern`() throws {
        for text in ["*.A.Example.", "**.Bücher.example", "Pr-*.x.example", "**", "*"] {
            let pattern = try DNSNamePattern(parsing: text)
            #expect(try DNSNamePattern(parsing: pattern.description) == pattern)
        }
        #expect(try DNSNamePattern(parsing: "**.Bücher.example.").description == "**.xn--bcher-kva.example")
    }
}

@Suite("Ranges of addresses: RFC 4632 §3.1, RFC 4291 §2.3") struct AddressRangeTests {
    private func has(_ range: String, _ address: String) throws -> Bool {
        try AddressRange(parsing: range).contains(#require(IPAddressText.octets(of: address)))
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "10.255.0.1"), ("10.0.0.1", "10.0.0.1"), ("0.0.0.0/0", "1.2.3.4"), ("::/0", "2001:db8::1"),
            ("10.1.2.128/25", "10.1.2.200"),
            ("2001:db8::/33", "2001:db8:7fff::1"), ("10.0.0.0/8", "::ffff:10.0.0.1"), ("255.255.255.254/31", "255.255.255.255"),
        ]
    ) func `a range has its addresses`(_ range: String, _ address: String) throws {
        #expect(try has(range, address))
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "11.0.0.0"), ("10.0.0.1", "10.0.0.2"), ("0.0.0.0/0", "::1"), ("::/0", "1.2.3.4"), ("::/0", "::ffff:1.2.3.4"),
            ("10.1.2.128/25", "10.1.2.127"), ("2001:db8::/33", "2001:db8:8000::1"), ("::1", "0.0.0.1"),
        ]
    ) func `and no others`(_ range: String, _ address: String) throws {
        #expect(try !has(range, address))
    }

    @Test(
        arguments: [
            "", "10", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08x", "/8", "10.0.0.0/8/8",
            "010.0.0.0/8",
            "::ffff:10.0.0.1", "::ffff:0:0/96", "*", "a.example", "fe80::1%eth0", "10.0.0.0/0008",
        ]
    ) func `what means another range, or none, is refused`(_ text: String) {
        #expect(throws: PatternError.self) { try AddressRange(parsing: text) }
    }
}

@Suite("Patterns for other texts") struct TextPatternTests {
    @Test(
        arguments: [
            ("a", "a", true), ("a", "A", false), ("a*", "a", true), ("*a", "ba", true), ("*", "", true), ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*c*", "abxcx", true), ("*b*c*", "acb", false), ("a*b*c", "abbc", true), ("a**c", "abc", true), ("team-*", "steam-a", false),
            ("*.*", "a", false), ("", "", true), ("", "a", false),
        ]
    ) func `a star is any characters`(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(TextPattern(pattern).matches(text) == matches)
    }

    @Test func `many stars take no time`() {
        let pattern = TextPattern(String(repeating: "a*", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 10_000)))
    }
}
