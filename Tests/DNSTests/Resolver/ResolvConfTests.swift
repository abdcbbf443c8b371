import TestKit
import Testing

@testable import DNS

@Suite("/etc/resolv.conf") struct ResolvConfTests {
    @Test func `name servers in order, everything else ignored`() {
        let text = """
            # comment
            search example.com
            nameserver 192.0.2.1
            nameserver\t2001:db8::1   trailing
              nameserver 192.0.2.2
            nameserver not-an-address
            nameserver
            options timeout:1
            """
        #expect(ResolvConf.servers(in: text).map(\.host) == ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
    }

    @Test func `eight are taken, and the machine itself when there is none`() {
        let many = (1...9).map { "nameserver 192.0.2.\($0)" }.joined(separator: "\n")
        #expect(ResolvConf.servers(in: many).count == 8)
        #expect(ResolvConf.servers(in: "").map(\.description) == ["127.0.0.1:53"])
        #expect(ResolvConf(path: "/nonexistent/resolv.conf").nameservers().map(\.description) == ["127.0.0.1:53"])
    }

    @Test func `the file is read again when it changes`() throws {
        let folder = try TemporaryFolder()
        try folder.write("nameserver 192.0.2.1\n", to: "resolv.conf")
        let configuration = ResolvConf(path: folder.path + "/resolv.conf")
        #expect(configuration.nameservers().map(\.host) == ["192.0.2.1"])
        try folder.write("nameserver 192.0.2.2\n", to: "resolv.conf")
        #expect(configuration.nameservers().map(\.host) == ["192.0.2.2"])
    }
}
