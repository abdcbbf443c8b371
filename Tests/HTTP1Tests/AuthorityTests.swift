import HTTP1
import Testing

@Suite("Host and target, RFC 9112 §3.2, RFC 3986 §3.2")
struct AuthorityTests {
    @Test(arguments: [
        ("a", "a"), ("Shop.Example.COM", "Shop.Example.COM"), ("a.", "a."), ("a:80", "a"), ("a:", "a"), ("a:0", "a"), ("a:65535", "a"),
        ("my_host-1.x", "my_host-1.x"), ("127.0.0.1:8080", "127.0.0.1"), ("[::1]", "[::1]"), ("[::]:443", "[::]"),
        ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"), ("[fe80::AbCd]:1", "[fe80::AbCd]"), ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]"),
        ("[::ffff:192.0.2.255]", "[::ffff:192.0.2.255]"), ("[1:2:3:4:5:6:192.0.2.1]:8", "[1:2:3:4:5:6:192.0.2.1]"),
    ])
    func `a host with or without a port is taken`(value: String, host: String) throws {
        let facts = try #require(goodRequest("GET / HTTP/1.1\r\nHost:  \(value)\t\r\n\r\n"))
        #expect(facts.authority == value)
        #expect(facts.host == host)
    }

    @Test func `HTTP/1.0 needs no Host`() throws {
        let facts = try #require(goodRequest("GET / HTTP/1.0\r\n\r\n"))
        #expect(facts.authority == nil)
        #expect(facts.host == nil)
        #expect(try #require(goodRequest("GET / HTTP/1.0\r\nHost: a:1\r\n\r\n")).host == "a")
    }

    @Test(arguments: [
        ("http://b.example/a?c", "b.example", "/a?c"), ("HTTP://b:8080/", "b:8080", "/"), ("https://b", "b", ""), ("http://b?c", "b", "?c"),
        ("http://[::1]:9/x", "[::1]:9", "/x"), ("http://b//c", "b", "//c"),
    ])
    func `the authority of an absolute target replaces Host`(target: String, authority: String, path: String) throws {
        let facts = try #require(goodRequest("GET \(target) HTTP/1.1\r\nHost: other\r\n\r\n"))
        #expect(facts.form == .absolute)
        #expect(facts.target == target)
        #expect(facts.authority == authority)
        #expect(facts.path == path)
    }

    @Test func `CONNECT has an authority, OPTIONS may have an asterisk`() throws {
        let connect = try #require(goodRequest("CONNECT a.example:443 HTTP/1.1\r\nHost: b\r\n\r\n"))
        #expect(connect.form == .authority)
        #expect(connect.authority == "a.example:443")
        #expect(connect.path.isEmpty)
        let options = try #require(goodRequest("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n"))
        #expect(options.form == .asterisk)
        #expect(options.path == "*")
    }

    @Test(arguments: ["/", "//a", "/../a", "/%00", "/a;b=c", "/\"<>\\^`{|}", "/?#".replacing("#", with: "?"), "/a?b?c", "/~!$&'()*+,;=:@"])
    func `an origin target goes as it came`(target: String) throws {
        let facts = try #require(goodRequest("GET \(target) HTTP/1.1\r\nHost: b\r\n\r\n"))
        #expect(facts.form == .origin)
        #expect(facts.target == target)
        #expect(facts.path == target)
    }

    @Test func `no control, non-ASCII or blank byte passes in a target, at any place in a word`() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
            for before in 0..<9 {
                let bytes = wire("GET /" + String(repeating: "a", count: before)) + [byte] + wire("bcdefghijk HTTP/1.1\r\nHost: a\r\n\r\n")
                if case .read = readRequest(bytes) { #expect(isAllowed, "byte \(byte)") } else { #expect(!isAllowed, "byte \(byte)") }
            }
        }
    }

    @Test func `only tabs and bytes of text pass in a value, at any place in a word`() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte == 9 || (byte >= 0x20 && byte != 0x7F)
            for before in 0..<9 {
                let bytes =
                    wire("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: before)) + [byte] + wire("bcdefghijk\r\n\r\n")
                if case .read = readRequest(bytes) { #expect(isAllowed, "byte \(byte)") } else { #expect(!isAllowed, "byte \(byte)") }
            }
        }
    }

    @Test func `only token bytes pass in a name and in a method`() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            let inName = wire("GET / HTTP/1.1\r\nHost: a\r\nX") + [byte] + wire("y: z\r\n\r\n")
            // A colon ends the name earlier.
            if case .read = readRequest(inName) {
                #expect(token.contains(byte) || byte == UInt8(ascii: ":"), "byte \(byte)")
            } else {
                #expect(!token.contains(byte), "byte \(byte)")
            }
            let inMethod = wire("G") + [byte] + wire("T / HTTP/1.1\r\nHost: a\r\n\r\n")
            if case .read = readRequest(inMethod) { #expect(token.contains(byte)) } else { #expect(!token.contains(byte), "byte \(byte)") }
        }
    }
}
