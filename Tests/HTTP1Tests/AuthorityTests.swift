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

    @Test func `only token bytes pass in a name and in a method, at any place in a word`() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            for before in 0..<9 {
                let start = String(repeating: "X", count: before)
                let inName = wire("GET / HTTP/1.1\r\nHost: a\r\n" + start) + [byte] + wire("yyyyyyyyy: z\r\n\r\n")
                // A colon behind something ends the name earlier.
                let isAllowed = token.contains(byte) || (byte == UInt8(ascii: ":") && before > 0)
                if case .read = readRequest(inName) { #expect(isAllowed, "byte \(byte)") } else { #expect(!isAllowed, "byte \(byte)") }
            }
            let inMethod = wire("G") + [byte] + wire("T / HTTP/1.1\r\nHost: a\r\n\r\n")
            if case .read = readRequest(inMethod) { #expect(token.contains(byte)) } else { #expect(!token.contains(byte), "byte \(byte)") }
        }
    }

    @Test func `only the bytes that are meant pass in a host, a request ID and a protocol`() throws {
        let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        let (host, id) = (Set((alphanumerics + "-._").utf8), Set((alphanumerics + "-._~:+/=@").utf8))
        let upgrade = Set((alphanumerics + "!#$%&'*+-.^_`|~/").utf8)
        func facts(_ fields: String, _ byte: UInt8) -> RequestFacts? {
            let bytes = wire("GET / HTTP/1.1\r\nConnection: upgrade\r\n\(fields): a") + [byte] + wire("b\r\n\r\n")
            if case .read(let facts) = readRequest(bytes) { return facts }
            return nil
        }
        for byte in UInt8.min...UInt8.max {
            // A colon would start a port.
            #expect((facts("Host", byte) != nil) == host.contains(byte), "byte \(byte)")
            guard byte == 9 || (byte >= 0x20 && byte != 0x7F) else { continue }
            #expect((try #require(facts("Host: a\r\nX-Request-ID", byte)).requestID != nil) == id.contains(byte), "byte \(byte)")
            #expect((try #require(facts("Host: a\r\nUpgrade", byte)).upgrade != .none) == upgrade.contains(byte), "byte \(byte)")
        }
    }
}
