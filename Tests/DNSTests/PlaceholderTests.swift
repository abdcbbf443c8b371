import Testing

@testable import DNS

@Suite("DNS")
struct PlaceholderTests {
    @Test func `the module is there`() { #expect(DNSLimits.self == DNSLimits.self) }
}
