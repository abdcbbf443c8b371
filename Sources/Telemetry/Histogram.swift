/// Observations in buckets. Not for several threads: who observes has one of its own, and sums are made by whoever reads.
public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets, growing, without infinity.
    public let bounds: [Double]
    /// Observations for each bound, and those above the last one.
    public private(set) var counts: [UInt64]
    /// The sum of what was observed.
    public private(set) var sum = 0.0

    /// An empty one.
    ///
    /// - Parameter bounds: finite and growing.
    public init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "the bounds of a histogram must grow")
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// One that was counted elsewhere.
    ///
    /// - Parameter counts: one more than there are bounds.
    public init(bounds: [Double], counts: [UInt64], sum: Double) {
        precondition(counts.count == bounds.count + 1, "a histogram with \(bounds.count) bounds and \(counts.count) buckets")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// How many there were.
    public var count: UInt64 { counts.reduce(0, &+) }

    /// Takes in one observation; NaN is left out.
    public mutating func observe(_ value: Double) {
        guard !value.isNaN else { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        counts[low] &+= 1
        sum += value
    }

    /// The sum of two with the same bounds.
    public static func + (left: Histogram, right: Histogram) -> Histogram {
        precondition(left.bounds == right.bounds, "histograms of different buckets have no sum")
        var sum = left
        for index in sum.counts.indices { sum.counts[index] &+= right.counts[index] }
        sum.sum += right.sum
        return sum
    }

    /// Bounds in seconds for requests, as ingress-nginx and Prometheus' clients have them.
    public static let requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
}
