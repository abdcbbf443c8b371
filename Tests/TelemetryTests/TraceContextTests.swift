import Testing

@testable import Telemetry

/// The cases are those of the W3C's own test suite for Trace Context (trace-context/test/test.py), and some of ours.
@Suite("traceparent, W3C Trace Context §3.2")
struct TraceContextTests {
    private static let trace = "12345678901234567890123456789012"
    private static let parent = "1234567890123456"

    private func read(_ text: String) -> TraceContext? {
        let bytes = Array(text.utf8)
        return TraceContext(traceparent: bytes.span)
    }

    @Test(arguments: [
        "00-\(trace)-\(parent)-00", "00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-02", "00-\(trace)-\(parent)-03",
        "00-00000000000000000000000000000001-0000000000000001-01", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01",
    ])
    func `well-formed values are read, and written as they were`(text: String) throws {
        #expect(try #require(read(text)).traceparent == text)
    }

    @Test(arguments: [
        ("00-\(trace)-\(parent)-ff", "00-\(trace)-\(parent)-03"), ("00-\(trace)-\(parent)-08", "00-\(trace)-\(parent)-00"),
        // Versions that are not known yet, with and without more behind the flags.
        ("cc-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01"),
        ("cc-\(trace)-\(parent)-01-what-the-future-will-be-like", "00-\(trace)-\(parent)-01"),
        ("fe-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01"),
    ])
    func `unknown flags and versions are read as far as they are known`(text: String, written: String) throws {
        #expect(try #require(read(text)).traceparent == written)
    }

    @Test(arguments: [
        "", "00", "00-", "-", "00-\(trace)", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-",
        // Version.
        "ff-\(trace)-\(parent)-01", ".0-\(trace)-\(parent)-01", "0.-\(trace)-\(parent)-01", "000-\(trace)-\(parent)-01",
        "0000-\(trace)-\(parent)-01", "0-\(trace)-\(parent)-01", "FE-\(trace)-\(parent)-01", "0g-\(trace)-\(parent)-01",
        "00-\(trace)-\(parent)-01.", "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-what-the-future-will-be-like",
        "cc-\(trace)-\(parent)-01.what-the-future-will-be-like", "cc-\(trace)-\(parent)-010",
        // Trace ID.
        "00-00000000000000000000000000000000-\(parent)-01", "00-.2345678901234567890123456789012-\(parent)-01",
        "00-1234567890123456789012345678901.-\(parent)-01", "00-\(trace)3-\(parent)-01", "00-1234567890123456789012345678901-\(parent)-01",
        "00-ABCDEF78901234567890123456789012-\(parent)-01", "00-1234567890123456789012345678901g-\(parent)-01",
        // Parent ID.
        "00-\(trace)-0000000000000000-01", "00-\(trace)-.234567890123456-01", "00-\(trace)-123456789012345.-01",
        "00-\(trace)-12345678901234567-01", "00-\(trace)-123456789012345-01", "00-\(trace)-123456789012345G-01",
        // Flags.
        "00-\(trace)-\(parent)-.0", "00-\(trace)-\(parent)-0.", "00-\(trace)-\(parent)-001", "00-\(trace)-\(parent)-1",
        "00-\(trace)-\(parent)-0G", "00-\(trace)-\(parent)-0A",
        // Separators, and what does not belong.
        "00_\(trace)_\(parent)_01", "00-\(trace)--\(parent)-01", " 00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01 ",
        "00-\(trace)-\(parent)-01,00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-é", "00-\(trace)-\(parent)-0\u{0}",
    ])
    func `malformed values are none`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `whatever one byte is replaced by, nothing traps, and what is read is written the same`() {
        let good = Array("00-\(Self.trace)-\(Self.parent)-01".utf8)
        for index in good.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = good
                bytes[index] = byte
                guard let context = TraceContext(traceparent: bytes.span) else { continue }
                // Version and flags may be more than what is known.
                if (3..<52).contains(index) { #expect(Array(context.traceparent.utf8) == bytes) }
            }
        }
    }
}

@Suite("tracestate, W3C Trace Context §3.3")
struct TraceStateTests {
    private func read(_ values: String...) -> String? { TraceState(values.map { Array($0.utf8) })?.text }

    @Test func `members of several fields are one list in their order`() {
        #expect(read("foo=1", "bar=2") == "foo=1,bar=2")
        #expect(read("foo=1,bar=2", "rojo=1,congo=2", "baz=3") == "foo=1,bar=2,rojo=1,congo=2,baz=3")
        #expect(read("foo=1", "") == "foo=1")
        #expect(read("", "foo=1") == "foo=1")
        #expect(read() == "")
        #expect(read("", "  ", ",") == "")
    }

    @Test(arguments: [
        ("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"), ("foo=1\t,bar=2", "foo=1,bar=2"), (" foo=1", "foo=1"),
        ("\tfoo=1\t", "foo=1"),
        ("foo= 1", "foo= 1"), ("foo=1,,bar=2", "foo=1,bar=2"),
        ("abcdefghijklmnopqrstuvwxyz0123456789_-*/=1", "abcdefghijklmnopqrstuvwxyz0123456789_-*/=1"),
        ("0tenant@system=1", "0tenant@system=1"),
        (
            "a= !\"#$%&'()*+-./0123456789:;<>?@ABCXYZ[\\]^_`abcxyz{|}~", "a= !\"#$%&'()*+-./0123456789:;<>?@ABCXYZ[\\]^_`abcxyz{|}~"
        ),
    ])
    func `what is allowed is handed on`(text: String, expected: String) {
        #expect(read(text) == expected)
    }

    @Test(arguments: [
        "foo", "=1", "foo=", "foo=,bar=3", "foo=1,foo=1", "foo=1,foo=2", "foo =1", "FOO=1", "foo.bar=1", "foo@=1,bar=2", "@foo=1,bar=2",
        "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "foo=bar=baz", "1foo=1", "foo@1bar=1", "foo=a\u{1}b", "foo=é", "_foo=1",
    ])
    func `one malformed member spoils all`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `limits are met exactly`() {
        #expect(read(String(repeating: "z", count: 256) + "=1") != nil)
        #expect(read(String(repeating: "z", count: 257) + "=1") == nil)
        #expect(read(String(repeating: "t", count: 241) + "@" + String(repeating: "v", count: 14) + "=1") != nil)
        #expect(read(String(repeating: "t", count: 242) + "@v=1") == nil)
        #expect(read("t@" + String(repeating: "v", count: 15) + "=1") == nil)
        #expect(read("foo=" + String(repeating: "v", count: 256)) != nil)
        #expect(read("foo=" + String(repeating: "v", count: 257)) == nil)
        let members = (1...33).map { "bar\($0)=\($0)" }
        #expect(read(members.prefix(32).joined(separator: ",")) != nil)
        #expect(read(members.joined(separator: ",")) == nil)
    }
}

@Suite("Sampling")
struct TraceSamplerTests {
    @Test func `nothing and everything are exact, and what is between comes near`() throws {
        let nothing = try #require(TraceSampler(ratio: 0))
        let all = try #require(TraceSampler(ratio: 1))
        #expect(!nothing.samples(low: 0))
        #expect(all.samples(low: .max))
        let some = try #require(TraceSampler(ratio: 0.01))
        var random = SystemRandomNumberGenerator()
        let count = (0..<100_000).count { _ in some.samples(low: random.next()) }
        #expect((700...1300).contains(count))
    }

    @Test(arguments: [-0.01, 1.01, .nan, .infinity])
    func `a ratio out of range is none`(ratio: Double) {
        #expect(TraceSampler(ratio: ratio) == nil)
    }
}
