import Manifests
import Testing

@Suite("JSON documents, RFC 8259") struct JSONTests {
    @Test func `escapes and surrogate pairs are read, in JSON files and in YAML files`() throws {
        let text = #"{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀", "b": [1, -2, 3.5e-7, true, false, null], "c": {}, "d": []}"#
        for file in ["x.json", "x.yaml"] {
            let root = try document(text, file: file)
            #expect(try root.string("a") == "\"\\/\u{8}\u{C}\n\r\té😀é😀")
            #expect(root["b"]?.elements.map(\.kind) == [.int, .int, .float, .bool, .bool, .null])
            #expect(root["c"]?.kind == .mapping)
            #expect(root["d"]?.kind == .sequence)
        }
    }

    @Test func `values may follow each other, with or without marker lines`() {
        for text in ["{\"a\":1}{\"b\":2}", "{\"a\":1}\n---\n{\"b\":2}\n", "---\n{\"a\":1}\n\n{\"b\":2}"] {
            for file in ["x.json", "x.yaml"] {
                let numbers = ManifestReader.documents(in: Array(text.utf8), file: file).map { try? $0.get().documentNumber }
                #expect(numbers == [1, 2], "\(text) in \(file)")
            }
        }
    }

    @Test func `YAML that starts like JSON is read as YAML, except in a JSON file`() throws {
        #expect(try document("{a: b, 'c': \"d\"}").string("c") == "d")
        #expect(problem("{a: b}", file: "x.json") == "x.json, document 1, line 1, column 2: not JSON: a key in quotes should be here")
    }

    @Test(arguments: [
        (#"{"a": 1,}"#, "line 1, column 9: not JSON: a key in quotes should be here"),
        (#"{"a" 1}"#, "line 1, column 6: not JSON: : should be here, after a key"),
        (#"[1 2]"#, "line 1, column 4: not JSON: a comma or ] should be here"),
        ("{\"a\":\n 01}", "line 2, column 4: not JSON: a number cannot start with 0"),
        (#"[1.]"#, "line 1, column 4: not JSON: a digit should be here"),
        (#"[1e]"#, "line 1, column 4: not JSON: a digit should be here"),
        (#"[-]"#, "line 1, column 3: not JSON: a digit should be here"),
        (#"["\ud800"]"#, "line 1, column 9: not JSON: half of a surrogate pair in a string"),
        (#"["\ud800\u0041"]"#, "line 1, column 15: not JSON: half of a surrogate pair in a string"),
        (#"["\udc00"]"#, "line 1, column 9: not JSON: half of a surrogate pair in a string"),
        (#"["\u12g4"]"#, "line 1, column 5: not JSON: \\u needs four hexadecimal digits"),
        (#"["\x"]"#, "line 1, column 5: not JSON: unknown escape in a string"),
        ("[\"\n\"]", "line 1, column 3: not JSON: a control character within a string must be escaped"),
        (#"["abc"#, "line 1, column 6: not JSON: the text ends within a string"),
        (#"["abc\"#, "line 1, column 7: not JSON: the text ends within a string"),
        (#"[tru]"#, "line 1, column 2: not JSON: no value starts here"),
        (#"["#, "line 1, column 2: not JSON: the text ends where a value should be"),
        (#"{"a":1,"a":2}"#, "line 1, column 8: key \"a\" appears twice"),
    ]) func `what is refused says where and why`(text: String, expected: String) {
        #expect(problem(text, file: "x.json") == "x.json, document 1, \(expected)")
    }

    @Test func `what is not UTF-8 is refused`() {
        let bytes: [UInt8] = Array("[\"".utf8) + [0xC3, 0x28] + Array("\"]".utf8)
        #expect(ManifestReader.documents(in: bytes, file: "x.json").compactMap { try? $0.get() }.isEmpty)
    }
}
