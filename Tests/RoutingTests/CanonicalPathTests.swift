import TestKit
import Testing

@testable import Routing

@Suite("Canonical path, RFC 3986 §6.2.2")
struct CanonicalPathTests {
    static let rewritten: [(String, String)] = [
        ("", "/"), ("?a=b", "/"), ("/", "/"), ("/?", "/"), ("/a?b/../c", "/a"), ("/a/b", "/a/b"),
        // Unreserved characters are decoded, RFC 3986 §6.2.2.2.
        ("/%61%7E%2D%5F%2e", "/a~-_."), ("/%41%5a%30", "/AZ0"),
        // Hexadecimal digits in upper case, RFC 3986 §6.2.2.1.
        ("/a%3ab", "/a%3Ab"), ("/%c3%a9", "/%C3%A9"),
        // What is reserved or dangerous stays opaque.
        ("/a%2fb", "/a%2Fb"), ("/a%2Fb", "/a%2Fb"), ("/foo/..%2f", "/foo/..%2F"), ("/a%5c..%5cb", "/a%5C..%5Cb"), ("/a%3bb", "/a%3Bb"),
        ("/%25%32%46", "/%252F"), ("/%252e%252e/a", "/%252e%252e/a"), ("/a%3fb", "/a%3Fb"), ("/a%23b", "/a%23b"),
        ("/a;x=1/b", "/a;x=1/b"), ("/a/..;/b", "/a/..;/b"), ("/a\\..\\b", "/a\\..\\b"), ("/a/.../b", "/a/.../b"),
        ("/a/.b/..c", "/a/.b/..c"),
        // Dot segments, RFC 3986 §5.2.4 and §5.4.2.
        ("/.", "/"), ("/..", "/"), ("/./", "/"), ("/../", "/"), ("/a/.", "/a/"), ("/a/./", "/a/"), ("/a/./b", "/a/b"), ("/a/..", "/"),
        ("/a/../", "/"), ("/a/b/..", "/a/"), ("/a/b/../c", "/a/c"), ("/../../../g", "/g"), ("/a/b/c/./../../g", "/a/g"), ("/a/..?x", "/"),
        ("/a/%2e%2e/b", "/b"), ("/a/.%2E/b", "/b"), ("/a/%2e/b", "/a/b"), ("/a/%2e%2e", "/"), ("/%2e%2e%2fa", "/..%2Fa"),
        // Duplicate slashes, before dot segments.
        ("//", "/"), ("///a//b///", "/a/b/"), ("/a//../b", "/b"), ("/a//.//b", "/a/b"), ("//../a", "/a"), ("/a/..//..//b", "/b"),
        // What may not stand in a URI, RFC 3987 §3.1.
        ("/café", "/caf%C3%A9"), ("/a b", "/a%20b"), ("/a\u{7f}\t", "/a%7F%09"),
        ("/a\r\nb", "/a%0D%0Ab"),
    ]

    @Test(arguments: rewritten)
    func `a target has the canonical form that the standard gives it`(target: String, canonical: String) throws {
        #expect(try CanonicalPath.text(of: target) == canonical)
    }

    @Test func `a canonical target is recognised without touching the storage`() {
        for target in ["/", "/a", "/a/b/", "/a.b/.c/d..", "/a%2Fb", "/a;b=c/\\", "/a?x=//../%00", "/%C3%A9", "/...", "/a/..;"] {
            var storage: [UInt8] = [1, 2, 3]
            let bytes = Array(target.utf8)
            let count = target.split(separator: "?")[0].utf8.count
            #expect(CanonicalPath.form(of: bytes.span, into: &storage) == .unchanged(count: count), "\(target)")
            #expect(storage == [1, 2, 3])
        }
    }

    @Test func `a target without a canonical form is refused with the reason`() {
        let cases: [(String, CanonicalPath.Refusal)] = [
            ("*", .notAbsolute), ("a/b", .notAbsolute), ("http://a/", .notAbsolute), ("\\a", .notAbsolute), ("%2Fa", .notAbsolute),
            ("/%00", .zeroByte), ("/a/%00/..", .zeroByte), ("/\0", .zeroByte), ("/%", .malformedEncoding), ("/%4", .malformedEncoding),
            ("/%zz", .malformedEncoding), ("/a%%34%31", .malformedEncoding), ("/%?41", .malformedEncoding), ("/%4?1", .malformedEncoding),
            ("/%u002e", .malformedEncoding), ("/% 41", .malformedEncoding), ("/%+1", .malformedEncoding),
        ]
        for (target, refusal) in cases {
            var storage: [UInt8] = []
            let bytes = Array(target.utf8)
            #expect(CanonicalPath.form(of: bytes.span, into: &storage) == .refused(refusal), "\(target)")
        }
        #expect("\(CanonicalPath.Refusal.zeroByte)" == "the path holds a zero byte")
    }

    @Test func `storage keeps its capacity from request to request`() {
        var storage: [UInt8] = []
        storage.reserveCapacity(4096)
        let before = storage.capacity
        let target = Array("/a/../%61".utf8)
        for _ in 0..<10 { #expect(CanonicalPath.form(of: target.span, into: &storage) == .rewritten) }
        #expect(storage == Array("/a".utf8))
        #expect(storage.capacity == before)
    }

    /// Built from pieces that matter, so that most strings hold several of them.
    static func hostileTarget(_ random: inout SeededRandom) -> String {
        let pieces = [
            "/", "/", "/", ".", ".", "..", "%2e", "%2E", "%2f", "%5c", "\\", ";", "a", "b", "A", "%61", "%41", "%25", "%00", "%", "%4", "?",
            "é",
            " ", "%c3", "//", "/./", "/../", "foo", "%2", "%zz", "\0", "#", "*", "%7e",
        ]
        let start = random.chance(90) ? "/" : ""
        let weights = random.chance(70) ? pieces.filter { !["%", "%4", "%2", "%zz", "%00", "\0", "?"].contains($0) } : pieces
        return start + (0..<Int.random(in: 0...12, using: &random)).map { _ in random.pick(weights) }.joined()
    }

    @Test func `hostile targets agree with a naive reference, and canonical is canonical for good`() throws {
        var random = SeededRandom(seed: 20_260_301)
        var canonicalCount = 0
        for _ in 0..<25_000 {
            let target = CanonicalPathTests.hostileTarget(&random)
            let expected = NaiveReference.canonicalPath(target)
            let got = try? CanonicalPath.text(of: target)
            // Not #expect(got == expected): the macro would take most of the time.
            if got != expected { Issue.record("\(target.debugDescription) became \(got ?? "nothing"), not \(expected ?? "nothing")") }
            guard let got else { continue }
            canonicalCount += 1
            var storage: [UInt8] = []
            let bytes = Array(got.utf8)
            if CanonicalPath.form(of: bytes.span, into: &storage) != .unchanged(count: bytes.count) { Issue.record("\(got) changes again") }
            if bytes.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) { Issue.record("\(got) is not printable") }
        }
        #expect(canonicalCount > 8_000)
    }

    @Test func `dot segments by the thousand are resolved in linear time`() throws {
        let deep = String(repeating: "/a", count: 20_000) + String(repeating: "/..", count: 20_000)
        let start = ContinuousClock.now
        #expect(try CanonicalPath.text(of: deep) == "/")
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}
