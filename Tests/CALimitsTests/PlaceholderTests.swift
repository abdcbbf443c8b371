import Testing

@testable import CALimits

@Suite("CALimits")
struct PlaceholderTests {
    @Test func `the module is there`() { #expect(CALimitsLimits.self == CALimitsLimits.self) }
}
