/// Decides which traces are recorded: those that whoever asked records, and of those that begin here this fraction. What OpenTelemetry
/// calls `parentbased_traceidratio`.
public struct TraceSampler: Sendable, Hashable {
    /// What fraction of new traces, 0...1.
    public let ratio: Double
    private let bound: UInt64

    /// Samples this fraction of new traces.
    ///
    /// - Returns: nil unless it is in 0...1.
    public init?(ratio: Double) {
        guard (0...1).contains(ratio) else { return nil }
        self.ratio = ratio
        bound = UInt64((ratio * Double(Self.bits + 1)).rounded())
    }

    /// Whether a trace that begins here is recorded. Another process with the same fraction decides the same.
    ///
    /// - Parameter low: the low half of the trace's number.
    @inline(__always)
    public func samples(low: UInt64) -> Bool { low & Self.bits < bound }

    /// The 56 bits that are random by the specification, level 2, §3.2.2.5.
    private static let bits: UInt64 = 1 &<< 56 &- 1
}
