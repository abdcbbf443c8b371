import Testing

@testable import Manifests

@Suite("Manifest limits") struct LimitTests {
    @Test func `nesting is read up to the limit and refused beyond, in YAML and in JSON`() {
        let limit = ManifestLimits.depthMax
        let message = "values are nested more than \(limit) deep"
        for file in ["x.yaml", "x.json"] {
            #expect(problem(nested(limit), file: file) == "")
            #expect(problem(nested(limit + 1), file: file).hasSuffix(message))
            #expect(problem(nested(100_000), file: file) != "")
        }
        let block = (0..<limit + 1).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(problem(block + String(repeating: " ", count: limit + 1) + "b").hasSuffix(message))
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test func `aliases that amount to too much are refused before they are written out`() {
        var bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(problem(bomb).hasSuffix("aliases amount to more than \(ManifestLimits.aliasedBytesMax) bytes"))
        let long = "a: &a \(String(repeating: "x", count: 1 << 20))\n"
        let uses = { (count: Int) in long + "b: [\(Array(repeating: "*a", count: count).joined(separator: ", "))]\n" }
        #expect(problem(uses(15)) == "")
        #expect(problem(uses(16)).contains("aliases amount to"))
    }

    @Test func `a file and a document that are too large are refused unparsed`() {
        let document = [UInt8](repeating: UInt8(ascii: "a"), count: ManifestLimits.documentBytesMax + 1)
        guard case .failure(let error)? = ManifestReader.documents(in: document, file: "x.yaml").first else {
            Issue.record("was taken")
            return
        }
        #expect(error.message == "the document has \(document.count) bytes, the limit is \(ManifestLimits.documentBytesMax)")
    }

    @Test func `keys and values are counted up to the limit and refused beyond`() throws {
        var builder = TreeBuilder(expectedBytes: 0)
        let mark = TreeBuilder.Mark(line: 7, column: 1)
        try builder.start(.sequence, at: mark)
        for _ in 1..<ManifestLimits.nodesMax { try builder.scalar(.null, textFrom: 0, at: mark) }
        #expect { try builder.scalar(.null, textFrom: 0, at: mark) } throws: { error in
            (error as? TreeBuilder.Refusal)?.message == "the document has more than \(ManifestLimits.nodesMax) keys and values"
        }
    }

    @Test func `documents are counted up to the limit and refused beyond, however they follow each other`() {
        let limit = ManifestLimits.documentsMax
        let last = { (text: String, count: Int, file: String) -> String? in
            let results = ManifestReader.documents(in: Array(String(repeating: text, count: count).utf8), file: file)
            guard case .failure(let error)? = results.last else { return nil }
            return error.message
        }
        #expect(ManifestPart.parts(of: Array(String(repeating: "---\n", count: limit).utf8))?.count == limit)
        #expect(last("---\n", limit + 1, "x.yaml") == ManifestReader.tooManyDocuments)
        #expect(last("1 ", limit, "x.json") == nil)
        #expect(last("1 ", limit + 1, "x.json") == ManifestReader.tooManyDocuments)
        // With directives the file is one part.
        #expect(last("%YAML 1.1\n--- a\n...\n", limit + 1, "x.yaml") == ManifestReader.tooManyDocuments)
    }

    @Test func `a list of wrong items is gone through in time that grows with its length only`() throws {
        let root = try document("items: [\(String(repeating: "a, ", count: 20_000))a]")
        var fields: [String?] = []
        try #require(root["items"]).forEachIndependentElement { fields.append($0.mismatch("a mapping").field) }
        #expect(fields.count == 20_001)
        #expect(fields.last == "items[20000]")
    }
}
