import KubernetesClient
import Testing

@Suite("Resource versions, KEP-5504") struct ResourceVersionTests {
    @Test(arguments: [("1", "2"), ("9", "10"), ("99", "100"), ("123", "124"), ("0", "1")])
    func `a smaller number is older`(_ older: String, _ newer: String) {
        #expect(ResourceVersion.isOlder(older, than: newer) == true)
        #expect(ResourceVersion.isOlder(newer, than: older) == false)
        #expect(ResourceVersion.isOlder(older, than: older) == false)
    }

    @Test(arguments: ["", "abc", "01", "-1", "1.5", String(repeating: "9", count: 40), "1 "])
    func `what is no decimal number is not compared`(_ version: String) {
        #expect(ResourceVersion.isOlder(version, than: "5") == nil)
        #expect(ResourceVersion.isOlder("5", than: version) == nil)
        #expect(ResourceVersion.isOlder(version, than: version) == false)
    }

    @Test func `the largest number has 39 digits`() {
        #expect(ResourceVersion.isOlder("1", than: String(repeating: "9", count: 39)) == true)
    }
}
