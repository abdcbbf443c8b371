import Testing

@testable import DNSProviders

@Suite("DNSProviders")
struct PlaceholderTests {
    @Test func `the module is there`() { #expect(DNSProvidersLimits.self == DNSProvidersLimits.self) }
}
