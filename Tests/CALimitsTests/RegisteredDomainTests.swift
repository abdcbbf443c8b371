import CALimits
import Testing

@Suite("Registered domains, Public Suffix List") struct RegisteredDomainTests {
    @Test(arguments: [
        ("example.com", "example.com"), ("a.b.example.com", "example.com"), ("*.example.com", "example.com"),
        ("new.blog.example.co.uk", "example.co.uk"), ("co.uk", "co.uk"), ("com", "com"),
        // The private section counts, as at Let's Encrypt.
        ("shop.me.github.io", "me.github.io"), ("github.io", "github.io"), ("x.y.s3.amazonaws.com", "y.s3.amazonaws.com"),
        // A rule with a wildcard, and an exception to one.
        ("a.b.c.ck", "b.c.ck"), ("a.www.ck", "www.ck"),
        // Top-level domains that the list does not know.
        ("a.b.c.internal", "c.internal"), ("localhost", "localhost"),
        // Unicode rules in their A-label form.
        ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"), ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        // Addresses: each IPv4 address, and the /64 of an IPv6 address.
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
    ]) func `is what the list says`(name: String, domain: String) {
        #expect(RegisteredDomain.of(name) == domain)
    }

    @Test(arguments: ["", ".", "..", "*.", "a..b", String(repeating: "a.", count: 5000) + "com", "\u{0}", "a\u{0}b.com", "ÄÖ.example"])
    func `of a text that is no name is some text`(name: String) {
        #expect(RegisteredDomain.of(name).utf8.count <= name.utf8.count)
    }
}
