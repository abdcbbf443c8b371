import Manifests
import Testing

/// Reads a text that must be one good document.
func document(_ text: String, file: String = "x.yaml") throws -> Node {
    let all = ManifestReader.documents(in: Array(text.utf8), file: file)
    try #require(all.count == 1)
    return try all[0].get()
}

/// What is wrong with a text that must be wrong in exactly one place.
func problem(_ text: String, file: String = "x.yaml") -> String {
    let errors = ManifestReader.documents(in: Array(text.utf8), file: file).compactMap { result -> String? in
        guard case .failure(let error) = result else { return nil }
        return error.description
    }
    return errors.joined(separator: "\n")
}

@Suite("YAML documents") struct YAMLTests {
    @Test func `documents are separated by marker lines, empty ones are left out but count`() {
        let text = "# leading comment\n---\na: 1\n---\n---\n# nothing\n--- # third\nb: 2\n...\n---\nc: 3\n---\n"
        let numbers = ManifestReader.documents(in: Array(text.utf8), file: "x.yaml").map { try? $0.get().documentNumber }
        #expect(numbers == [1, 4, 5])
    }

    @Test func `a marker is a whole word at the start of a line`() throws {
        #expect(try document("a: |\n  ---\n  b\nc: ---d\ne: '- ---'\n").entries.map(\.key.text) == ["a", "c", "e"])
        #expect(ManifestReader.documents(in: Array("a: 1\n---b: 2\n".utf8), file: "x").count == 1)
        #expect(ManifestReader.documents(in: Array("a: 1\r\n---\r\nb: 2\r\n".utf8), file: "x").count == 2)
        #expect(ManifestReader.documents(in: Array("a: 1\n---".utf8), file: "x").count == 1)
        #expect(ManifestReader.documents(in: Array("--- {a: 1}\n--- b\n".utf8), file: "x").count == 2)
    }

    @Test func `places are counted within the file`() throws {
        let documents = ManifestReader.documents(in: Array("a: 1\n---\nb:\n  c: x\n".utf8), file: "x.yaml")
        let node = try #require(try documents[1].get()["b"]?["c"])
        #expect((node.line, node.column, node.path, node.documentNumber) == (4, 6, "b.c", 2))
        #expect(
            problem("a: 1\n---\nb: [1\n---\nc: 3\n")
                == "x.yaml, document 2, line 4, column 1: not YAML: did not find expected ',' or ']' while parsing a flow sequence")
    }

    @Test func `a broken document does not hide the others`() {
        let results = ManifestReader.documents(in: Array("a: 1\n---\nb: [\n---\nc: 3\n".utf8), file: "x.yaml")
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
    }

    @Test func `a byte order mark, CRLF and a missing last line end do not matter`() throws {
        #expect(try document("\u{FEFF}a: b").string("a") == "b")
        #expect(try document("a: b\r\nc: |\r\n  d\r\n  e\r\n").string("c") == "d\ne\n")
    }

    @Test func `what is not UTF-8 is refused with its line`() {
        let bytes = Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]
        guard case .failure(let error)? = ManifestReader.documents(in: bytes, file: "x.yaml").last else {
            Issue.record("was taken")
            return
        }
        #expect(error.description == "x.yaml, document 1, line 2, column 1: not YAML in UTF-8: invalid leading UTF-8 octet")
        #expect(ManifestReader.documents(in: [0xFF, 0xFE, 0x61, 0, 0x3A, 0], file: "x.yaml").allSatisfy { (try? $0.get()) == nil })
    }

    @Test func `a tab that indents is named`() {
        #expect(problem("a:\n\tb: c\n") == "x.yaml, document 1, line 2, column 1: a tab cannot indent or start a value")
    }

    @Test(arguments: [
        ("yes", Node.Kind.bool), ("Off", .bool), ("TRUE", .bool), ("tRUE", .string), ("y", .string), ("n", .string), ("'yes'", .string),
        ("1", .int), ("-17", .int), ("0x1F", .int), ("0o17", .int), ("017", .int), ("089", .float), ("1_000", .int), ("1.5", .float),
        ("1e3", .float), (".inf", .float), ("1.2.3", .string), ("1:30", .string), ("2001-01-01", .string), ("-", .sequence),
        ("0x", .string), ("1e", .string), ("_1", .string), ("+", .string), (".", .string), ("~", .null), ("null", .null), ("Null", .null),
        ("", .null), ("\"\"", .string), ("!!str 5", .string), ("!!int 5", .int), ("|\n  5", .string),
        ("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw", .string),
    ]) func `plain scalars are what kubectl makes of them`(text: String, kind: Node.Kind) throws {
        #expect(try document("- \(text)\n").elements.first?.kind == kind)
    }

    @Test func `numbers and booleans have values`() throws {
        let root = try document(
            "{a: 0x1F, b: 017, c: -1_000, d: 9223372036854775807, e: on, f: No, g: 9223372036854775808, h: 0b11, i: +7}")
        #expect(try root.int("a") == 31)
        #expect(try root.int("b") == 15)
        #expect(try root.int("c") == -1000)
        #expect(try root.int("d") == .max)
        #expect(try root.bool("e") == true)
        #expect(try root.bool("f") == false)
        #expect(try root.int("h") == 3)
        #expect(try root.int("i") == 7)
        #expect(
            throws: ManifestError(file: "x.yaml", document: 1, line: 1, column: 71, field: "g", message: "the number does not fit 64 bits")
        ) {
            try root.int("g")
        }
    }

    @Test func `a wrong kind is named with its field and what to do`() throws {
        let root = try document("metadata:\n  labels:\n    a.b/c: 1\n    on: yes\nspec:\n- x\n- [1, {y: z}]\n")
        let labels = try #require(root["metadata"])
        #expect(
            throws: ManifestError(
                file: "x.yaml", document: 1, line: 3, column: 12, field: "metadata.labels[a.b/c]",
                message: "expected a string, got a whole number (put it in quotes)")
        ) {
            try labels.stringMap("labels")
        }
        #expect(root["spec"]?.elements[1].elements[1]["y"]?.path == "spec[1][1].y")
        #expect(
            throws: ManifestError(file: "x.yaml", document: 1, line: 6, column: 1, field: "spec", message: "expected a mapping, got a list")
        ) {
            try root.mapping("spec")
        }
        #expect(throws: ManifestError(file: "x.yaml", document: 1, line: 1, column: 1, field: "kind", message: "the field is missing")) {
            try root.requiredString("kind")
        }
    }

    @Test func `null is the same as absent`() throws {
        let root = try document("a:\nb: ~\nc: {d: null}\n")
        #expect(try root.string("a") == nil)
        #expect(try root.mapping("b") == nil)
        #expect(try root.stringMap("c") == [:])
    }

    @Test func `aliases and merge keys are worked in`() throws {
        let root = try document(
            """
            base: &base {a: 1, b: 2}
            more: &more {<<: *base, b: 3, c: 4}
            all: {<<: [*more, {d: 5}], a: 6}
            list: [&x text, *x]
            "<<": quoted is a key
            """)
        let all = try #require(root["all"])
        #expect(try ["a", "b", "c", "d", "e"].map { try all.int($0) } == [6, 3, 4, 5, nil])
        #expect(
            Dictionary(uniqueKeysWithValues: all.entries.map { ($0.key.text, $0.value.text) }) == ["a": "6", "b": "3", "c": "4", "d": "5"])
        #expect(try root.strings("list") == ["text", "text"])
        #expect(try root.string("<<") == "quoted is a key")
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: key \"a\" appears twice"),
        ("{\"a\": 1, 'a': 2}", "line 1, column 10: key \"a\" appears twice"),
        ("a: *b\n", "line 1, column 4: alias *b has no anchor"),
        ("a: &a [*a]\n", "line 1, column 8: alias *a stands inside its own anchor"),
        ("<<: 5\n", "line 1, column 1: << needs a mapping or a list of mappings"),
        ("[a]: b\n", "line 1, column 1: a key must be plain text, got a list"),
        ("? {a: b}\n: c\n", "line 1, column 3: a key must be plain text, got a mapping"),
        ("x: &x {a: 1}\n? *x\n: c\n", "line 2, column 3: a key must be plain text, got an alias of more"),
        ("a: !!binary aGk=\n", "line 1, column 4: tag tag:yaml.org,2002:binary is not supported"),
        ("a: !!int x\n", "line 1, column 4: the value does not fit its tag tag:yaml.org,2002:int"),
        ("a: !x {b: c}\n", "line 1, column 4: tag !x is not supported"),
        ("a: 'b\n", "line 2, column 1: not YAML: found unexpected end of stream while scanning a quoted scalar"),
        ("a: b: c\n", "line 1, column 5: not YAML: mapping values are not allowed in this context"),
    ]) func `what is refused says where and why`(text: String, expected: String) {
        #expect(problem(text) == "x.yaml, document 1, \(expected)")
    }

    @Test func `duplicates are found in large mappings too`() {
        let keys = (0..<200).map { "k\($0): 1\n" }.joined()
        #expect(problem(keys) == "")
        #expect(problem(keys + "k77: 1\n") == "x.yaml, document 1, line 201, column 1: key \"k77\" appears twice")
    }

    @Test func `a file with directives is read whole`() throws {
        let documents = ManifestReader.documents(in: Array("%YAML 1.1\n---\na: 1\n---\nb: 2\n".utf8), file: "x.yaml")
        #expect(documents.map { try? $0.get().documentNumber } == [1, 2])
    }
}
