extension Histogram {
    /// The value below which this share of the observations lies, as Prometheus' `histogram_quantile` estimates it: evenly spread within a
    /// bucket that begins at 0 or at the bound before; the last bound for what is beyond it.
    ///
    /// - Parameter share: 0...1.
    /// - Returns: nil without observations.
    public func quantile(_ share: Double) -> Double? {
        precondition((0...1).contains(share), "a quantile of \(share)")
        let all = count
        guard all > 0, let last = bounds.last else { return nil }
        let rank = share * Double(all)
        var before: UInt64 = 0
        for (index, bound) in bounds.enumerated() {
            let inside = counts[index]
            if inside > 0, Double(before + inside) >= rank {
                let start = index == 0 ? 0 : bounds[index - 1]
                return start + (bound - start) * max(0, rank - Double(before)) / Double(inside)
            }
            before += inside
        }
        return last
    }
}
