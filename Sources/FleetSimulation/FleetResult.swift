/// What a run has shown.
public struct FleetResult: Sendable {
    /// Orders in each hour that reach the CA.
    public private(set) var orders: [Int]
    /// Failures in each hour.
    public private(set) var failures: [Int]
    /// How many waited for their turn, at most in each hour.
    public private(set) var queued: [Int]
    /// Certificates that were replaced after their end.
    public private(set) var expired = 0
    /// Certificates that were replaced.
    public private(set) var renewals = 0
    /// The least part of a lifetime that was left at a renewal.
    public private(set) var leastLeft = 1.0
    /// Certificates that nobody has got yet.
    public internal(set) var unissued = 0
    /// Attempts while the CA was away.
    public private(set) var inVain = 0
    /// Orders that the CA, by its own count, had to refuse.
    public internal(set) var tooMany = 0

    init(hours: Int) {
        orders = Array(repeating: 0, count: hours)
        failures = orders
        queued = orders
    }

    /// The greatest number of orders in an hour by the mean, over hours of the run.
    public func peakToMean(_ hours: Range<Int>, except: (Int) -> Bool = { _ in false }) -> (peak: Int, mean: Double, ratio: Double) {
        let counts = hours.filter { !except($0) && orders.indices.contains($0) }.map { orders[$0] }
        let mean = Double(counts.reduce(0, +)) / Double(max(counts.count, 1))
        let peak = counts.max() ?? 0
        return (peak, mean, mean > 0 ? Double(peak) / mean : 0)
    }

    mutating func order(at time: Double) { count(time, \.orders) }

    mutating func attemptInVain() { inVain += 1 }

    mutating func failure(at time: Double) { count(time, \.failures) }

    mutating func renewal(left: Double) {
        renewals += 1
        leastLeft = min(leastLeft, left)
        if left <= 0 { expired += 1 }
    }

    mutating func note(queued count: Int, from start: Double, to end: Double) {
        guard count > 0, start <= end else { return }
        for hour in Int(start / 3600)...Int(end / 3600) where queued.indices.contains(hour) { queued[hour] = max(queued[hour], count) }
    }

    private mutating func count(_ time: Double, _ path: WritableKeyPath<FleetResult, [Int]>) {
        let hour = Int(time / 3600)
        if orders.indices.contains(hour) { self[keyPath: path][hour] += 1 }
    }
}
