import PKI
import Testing

@testable import Issuance

@Suite("The key of an external account as Secrets hold it, RFC 8555 §7.3.4") struct MACKeyTextTests {
    /// Bytes whose base64 has every kind of digit that the two alphabets write differently, in lengths with every padding.
    private static let keys: [[UInt8]] = [31, 32, 33].map { count in (0..<count).map { $0 % 2 == 0 ? 0xFB : 0xFF } }

    private static func plain(_ text: String) -> String { text.replacing("-", with: "+").replacing("_", with: "/") }
    private static func padded(_ text: String) -> String { text + String(repeating: "=", count: (4 - text.count % 4) % 4) }
    private static func wrapped(_ text: String, _ end: String) -> String {
        String(text.prefix(20)) + end + String(text.dropFirst(20)) + end
    }

    @Test func `base64url and base64, with and without padding, wrapped, and with a newline at the end are one key`() throws {
        for key in Self.keys {
            let text = Base64URL.encode(key)
            let forms = [
                text, Self.padded(text), Self.plain(text), Self.padded(Self.plain(text)), text + "\n", text + "\r\n", "  \t" + text + " \n",
                Self.wrapped(text, "\n"), Self.wrapped(Self.padded(Self.plain(text)), "\r\n"), "\u{FEFF}" + text,
            ]
            for form in forms { #expect(try MACKeyText.key(Array(form.utf8)) == key, "\(form.debugDescription)") }
        }
    }

    @Test func `what is no key is refused with the reason, and without a part of it`() {
        for (text, words) in [
            ("", "empty"), (" \n", "empty"), ("==", "empty"), ("abcd====", "4 equals signs"), ("ab=cd", "character 3"),
            ("abc d", "character 4"), ("ab+c-d_e", "neither"), ("abcde", "5 digits"), ("geheim!", "character 7"),
            ("\"YWJj\"", "character 1"),
        ] {
            do {
                _ = try MACKeyText.key(Array(text.utf8))
                Issue.record("\(text) was taken")
            } catch {
                #expect(error.words.contains(words), "\(text): \(error.words)")
                #expect(!error.words.contains("geheim") && !error.words.contains("YWJj"))
            }
        }
        #expect(throws: MACKeyText.Fault.self) { try MACKeyText.key([0xFF, 0xFE, 0x41, 0x42]) }
    }
}
