import Telemetry
import Testing

@Suite("Histogram, quantiles") struct HistogramQuantileTests {
    private func histogram(_ counts: [UInt64]) -> Histogram { Histogram(bounds: [1, 2, 4], counts: counts, sum: 0) }

    @Test func `nothing observed has no quantile`() { #expect(histogram([0, 0, 0, 0]).quantile(0.5) == nil) }

    // The values are those of Prometheus' histogram_quantile.
    @Test(
        arguments: [
            ([10, 0, 0, 0], 0.5, 0.5), ([10, 0, 0, 0], 1, 1), ([10, 10, 0, 0], 0.75, 1.5), ([0, 0, 8, 0], 0.25, 2.5),
            ([1, 0, 1, 0], 0.5, 1),
            ([0, 0, 0, 5], 0.5, 4), ([5, 0, 0, 5], 0.99, 4), ([0, 10, 0, 0], 0, 1),
        ] as [([UInt64], Double, Double)])
    func `a quantile lies within its bucket`(counts: [UInt64], share: Double, value: Double) {
        #expect(histogram(counts).quantile(share) == value)
    }
}
