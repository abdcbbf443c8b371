import Testing

@testable import Core

@Suite("Networks, RFC 4632 §3.1 and RFC 4291 §2.3") struct IPNetworkTests {
    private func contains(_ network: String, _ address: String) throws -> Bool {
        try #require(IPNetwork(network)).contains(try #require(IPAddressText.octets(of: address)))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.6", false), ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
        ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::1", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
        ("::1", "::1", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "::ffff:11.1.2.3", false),
    ]) func `an address is in it or not`(_ network: String, _ address: String, _ isIn: Bool) throws {
        #expect(try contains(network, address) == isIn)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.1/8", "fd00::/129", "fd00::1/8", "host",
        "010.0.0.0/8",
    ]) func `what is no network is refused`(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test func `its text can be read again`() throws {
        for text in ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "::1/128"] { #expect(try #require(IPNetwork(text)).description == text) }
        #expect(IPNetwork("192.0.2.7")?.description == "192.0.2.7/32")
        #expect(!(try #require(IPNetwork("0.0.0.0/0")).contains([1, 2, 3])))
    }
}
