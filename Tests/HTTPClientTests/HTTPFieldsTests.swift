import HTTPClient
import Testing

@Suite("Header fields, RFC 9110 §5") struct HTTPFieldsTests {
    @Test func `names compare without case and duplicates keep their order`() {
        var fields: HTTPFields = ["Link": "<a>", "retry-after": "5", "LINK": "<b>"]
        #expect(fields.first("Retry-After") == "5")
        #expect(fields.all("link") == ["<a>", "<b>"])
        fields.set("link", "<c>")
        #expect(fields.map(\.name) == ["Link", "retry-after"])
        #expect(fields.first("LINK") == "<c>")
    }
}
