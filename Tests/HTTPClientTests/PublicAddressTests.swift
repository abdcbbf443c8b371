import Core
import Testing

@testable import HTTPClient

@Suite("Public addresses, RFC 6890") struct PublicAddressTests {
    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1", "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
    ])
    func `of the public Internet`(text: String) throws {
        #expect(PublicAddress.contains(try #require(IPAddressText.octets(of: text))))
    }

    @Test(arguments: [
        "0.0.0.0", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
        "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1",
        "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "::10.0.0.1", "4000::1",
    ])
    func `of this machine, this network or nobody`(text: String) throws {
        #expect(!PublicAddress.contains(try #require(IPAddressText.octets(of: text))))
    }

    @Test func `other numbers of octets are no address`() {
        for count in [0, 3, 5, 15, 17] { #expect(!PublicAddress.contains([UInt8](repeating: 1, count: count))) }
    }
}
