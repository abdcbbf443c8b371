internal import HTTP1
internal import Routing

/// What one loop counts of the requests of one rule. Used on that loop only; a request adds a few numbers to one block of memory.
@safe final class RouteCounters {
    /// Nil for requests that no rule was found for. Another object when the same rule was read again.
    var route: Route?
    private let numbers: UnsafeMutableBufferPointer<UInt64>

    init(route: Route?) {
        self.route = route
        unsafe numbers = .allocate(capacity: RouteNumbersLayout.count)
        unsafe numbers.initialize(repeating: 0)
    }

    deinit {
        unsafe numbers.deallocate()
    }

    /// Counts a request that is over.
    @inline(__always)
    func count(_ method: Method, status: Int) {
        let key = RouteNumbersLayout.key(method, status: status)
        if self[0] == key { add(1, at: 1) } else { countAmongOthers(key) }
    }

    private func countAmongOthers(_ key: UInt64) {
        for slot in stride(from: 0, to: RouteNumbersLayout.otherRequests, by: 2) {
            if self[slot] == 0 { set(key, at: slot) }
            if self[slot] == key { return add(1, at: slot + 1) }
        }
        add(1, at: RouteNumbersLayout.otherRequests)
    }

    /// Takes in a duration in nanoseconds.
    @inline(__always)
    func observe(_ duration: UInt64, _ histogram: DurationHistogram) {
        let start = histogram.start
        add(1, at: start + (duration <= 5_000_000 ? 0 : RouteNumbersLayout.bucket(ofDuration: duration)))
        add(duration, at: start + RouteNumbersLayout.durationBuckets)
    }

    /// Takes in a number of bytes.
    @inline(__always)
    func observe(_ bytes: UInt64, _ histogram: SizeHistogram) {
        let start = histogram.start
        add(1, at: start + RouteNumbersLayout.bucket(ofBytes: bytes))
        add(bytes, at: start + RouteNumbersLayout.sizeBuckets)
    }

    /// As of now.
    var sample: RouteRequests {
        // SAFETY: the memory lives as long as this object.
        RouteRequests(route: route, numbers: unsafe Array(numbers))
    }

    // An array in a property would be checked for overlapping accesses, and for being shared, at each of these.

    @inline(__always)
    private subscript(index: Int) -> UInt64 {
        precondition(index >= 0 && index < RouteNumbersLayout.count)
        // SAFETY: the index is in bounds, and all of the memory was initialised.
        return unsafe numbers[index]
    }

    @inline(__always)
    private func add(_ number: UInt64, at index: Int) {
        set(self[index] &+ number, at: index)
    }

    @inline(__always)
    private func set(_ number: UInt64, at index: Int) {
        precondition(index >= 0 && index < RouteNumbersLayout.count)
        // SAFETY: as above.
        unsafe numbers[index] = number
    }
}
