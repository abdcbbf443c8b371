import Manifests
import Testing

@Suite("Writing manifests") struct WriterTests {
    static let texts = [
        "", "a", "yes", "No", "y", "null", "~", "1", "1.5", "0x1F", "1e3", "2001-01-01", "12:30", "a: b", "a #b", "#a", "- a", "-", "?",
        "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a'", "\"a\"", "{a", "[a", ",", " a", "a ", "a\nb\n", "\n", "\r\n", "\t", "\u{0}",
        "\u{7F}", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}x", "\u{FFFE}", "é", "😀", "\\", "/a", "a/b.c-d_e", "<<", "=", "a=", ".5", "...",
        "---", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", String(repeating: "1", count: 65), "0", "+1", "_1", "~a",
    ]

    @Test func `every text comes back as it was, as value and as key, from YAML and from JSON`() throws {
        let value = ManifestValue.mapping(
            Self.texts.map { .init("k" + $0, .string($0)) } + [.init("list", .sequence(Self.texts.map { .string($0) }))])
        for (bytes, file) in [(ManifestWriter.yaml(value), "x.yaml"), (ManifestWriter.json(value), "x.json")] {
            let root = try document(String(decoding: bytes, as: UTF8.self), file: file)
            for text in Self.texts { #expect(try root.string("k" + text) == text, "\(file) \(text.debugDescription)") }
            #expect(try root.strings("list") == Self.texts)
        }
    }

    @Test(arguments: [(0.5, "0.5"), (1e-5, "1.0e-05"), (-2.5e20, "-2.5e+20"), (3, "3.0"), (.infinity, "null"), (.nan, "null")])
    func `a number that is not whole stays a number`(number: Double, text: String) {
        #expect(String(decoding: ManifestWriter.yaml(.mapping([.init("a", .double(number))])), as: UTF8.self) == "a: \(text)\n")
        #expect(String(decoding: ManifestWriter.json(.double(number)), as: UTF8.self) == text)
    }

    @Test func `the layout is what people write`() {
        let value = ManifestValue.mapping([
            .init("apiVersion", .string("v1")), .init("empty", .mapping([])), .init("none", .sequence([])), .init("null", .null),
            .init(
                "list",
                .sequence([
                    .mapping([.init("a", .int(1)), .init("b", .mapping([.init("c", .bool(true))]))]), .string("x"), .sequence([.int(2)]),
                ])),
        ])
        let expected = """
            apiVersion: v1
            empty: {}
            none: []
            "null": null
            list:
            - a: 1
              b:
                c: true
            - x
            -
              - 2

            """
        #expect(String(decoding: ManifestWriter.yaml(value), as: UTF8.self) == expected)
        #expect(
            String(decoding: ManifestWriter.json(value), as: UTF8.self)
                == #"{"apiVersion":"v1","empty":{},"none":[],"null":null,"list":[{"a":1,"b":{"c":true}},"x",[2]]}"#)
    }
}
