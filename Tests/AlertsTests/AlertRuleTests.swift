import Testing

@testable import Alerts

@Suite("Rules have distinct identities")
struct AlertRuleTests {
    @Test func `alert name and threshold together tell all rules apart`() {
        let identities = Set(AlertRule.allCases.map { "\($0.name) \($0.threshold ?? "")" })
        #expect(identities.count == AlertRule.allCases.count)
    }
}
