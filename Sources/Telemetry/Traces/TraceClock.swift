public import FoundationEssentials

extension Date {
    /// Nanoseconds since 1970, as spans count them; 0 before.
    public var traceTime: UInt64 {
        let seconds = max(timeIntervalSince1970, 0)
        // A double has microseconds today; whole seconds are kept apart so that arithmetic does not lose more.
        let whole = seconds.rounded(.down)
        return UInt64(min(whole, 1e10)) * 1_000_000_000 + UInt64((seconds - whole) * 1e6) * 1000
    }
}
