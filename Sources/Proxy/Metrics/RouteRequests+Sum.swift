internal import Routing
internal import Telemetry

extension RouteRequests {
    /// Adds what another loop has counted of the same rule, or what was counted of a rule that is told apart in nothing.
    public mutating func add(_ other: RouteRequests) {
        for slot in stride(from: 0, to: RouteNumbersLayout.otherRequests, by: 2) where other.numbers[slot] != 0 {
            addRequests(other.numbers[slot], other.numbers[slot + 1])
        }
        for index in RouteNumbersLayout.otherRequests..<RouteNumbersLayout.count { numbers[index] &+= other.numbers[index] }
    }

    private mutating func addRequests(_ key: UInt64, _ count: UInt64) {
        for slot in stride(from: 0, to: RouteNumbersLayout.otherRequests, by: 2) {
            if numbers[slot] == 0 { numbers[slot] = key }
            if numbers[slot] == key {
                numbers[slot + 1] &+= count
                return
            }
        }
        numbers[RouteNumbersLayout.otherRequests] &+= count
    }
}
