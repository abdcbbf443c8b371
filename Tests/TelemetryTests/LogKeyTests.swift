import Core
import FoundationEssentials
import Testing

@Suite("Keys of the log")
struct LogKeyTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func sources() throws -> [(path: String, text: String)] {
        let folder = root.appending(path: "Sources").path(percentEncoded: false)
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        return try names.map { ($0, try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)) }
    }

    /// The keys written in the `metadata:` of calls of a logger: `"key": "`, until the call ends.
    private static func keys(in text: String) -> Set<String> {
        var keys: Set<String> = []
        for call in text.split(separator: "metadata: [").dropFirst() {
            var depth = 1
            var end = call.startIndex
            for index in call.indices where depth > 0 {
                if call[index] == "[" { depth += 1 }
                if call[index] == "]" { depth -= 1 }
                end = index
            }
            for match in call[..<end].matches(of: /"([^"\\]+)": (?:"|\.)/) { keys.insert(String(match.output.1)) }
        }
        return keys
    }

    @Test func `every key in the sources is documented, and is lower camel case`() throws {
        let known = Set(LogKey.allCases.map(\.rawValue))
        #expect(known.allSatisfy { $0.wholeMatch(of: /[a-z][a-zA-Z]*/) != nil })
        var seen = 0
        for (path, text) in try Self.sources() where text.contains("metadata: [") {
            let keys = Self.keys(in: text)
            seen += keys.count
            #expect(keys.isSubset(of: known), "\(path): \(keys.subtracting(known).sorted())")
        }
        #expect(seen > 50)
    }

    @Test func `a message is the same words each time: what varies is in the fields`() throws {
        for (path, text) in try Self.sources() {
            for match in text.matches(of: /logger\.(?:debug|info|notice|warning|error|critical)\(\s*"([^"]*)\\\(/) {
                Issue.record("\(path): \(match.output.1)…")
            }
        }
    }

    @Test func `the page about logs names every key and every subsystem`() throws {
        let page = try String(
            contentsOfFile: Self.root.appending(path: "docs/logs-and-traces.md").path(percentEncoded: false), encoding: .utf8)
        for key in LogKey.allCases { #expect(page.contains("`\(key.rawValue)`"), "\(key)") }
        for subsystem in LogSubsystem.allCases { #expect(page.contains("`\(subsystem.rawValue)`"), "\(subsystem)") }
    }
}
