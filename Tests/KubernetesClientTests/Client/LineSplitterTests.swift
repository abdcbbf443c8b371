internal import Testing

@testable internal import KubernetesClient

@Suite("Lines of a watch") struct LineSplitterTests {
    func lines(_ chunks: [[UInt8]], max: Int = 100) -> [String] {
        var splitter = LineSplitter(lineBytesMax: max)
        var found: [String] = []
        for chunk in chunks {
            splitter.append(chunk)
            loop: while true {
                switch splitter.next() {
                case .line(let line): found.append(String(decoding: line, as: UTF8.self))
                case .more: break loop
                case .tooLong:
                    found.append("too long")
                    break loop
                }
            }
        }
        if splitter.hasPartialLine { found.append("partial") }
        return found
    }

    @Test func `they are the same wherever the body is cut`() {
        let body = Array("one\n\ntwo\r\n{three}\nfour".utf8)
        let whole = lines([body])
        #expect(whole == ["one", "two\r", "{three}", "partial"])
        for cut in 0...body.count { #expect(lines([Array(body[..<cut]), Array(body[cut...])]) == whole) }
        #expect(lines(body.map { [$0] }) == whole)
    }

    @Test func `a line may be as long as the limit and no longer, ended or not`() {
        let line = [UInt8](repeating: 97, count: 10)
        #expect(lines([line + [10]], max: 10).count == 1)
        #expect(lines([line + [10]], max: 10) != ["too long"])
        #expect(lines([line + [97, 10]], max: 10) == ["too long"])
        #expect(lines([line + [97]], max: 10).first == "too long")
    }
}
