internal import Core
internal import FoundationEssentials

/// How often each address may show a wrong token: some at once, then one every few seconds.
struct AttemptLimit {
    /// Wrong tokens at once.
    let burst: Int
    /// Until one more is allowed, in seconds.
    let interval: Double
    /// When each address will have all of its attempts back.
    private var fullAt: [String: Date] = [:]

    init(burst: Int, interval: Duration) {
        self.burst = burst
        self.interval = interval.seconds
    }

    /// Seconds until this address may try again; nil when it may now.
    func wait(_ address: String, now: Date) -> Int? {
        guard let full = fullAt[address] else { return nil }
        let spent = full.timeIntervalSince(now) / interval
        return spent > Double(burst - 1) ? Int(((spent - Double(burst - 1)) * interval).rounded(.up)) : nil
    }

    /// A wrong token came from this address.
    mutating func fail(_ address: String, now: Date) {
        fullAt[address] = max(fullAt[address] ?? now, now).addingTimeInterval(interval)
        guard fullAt.count > AdminLimits.attemptAddressesMax else { return }
        fullAt = fullAt.filter { $0.value > now }
        // Whoever has the fewest failures is forgotten first.
        while fullAt.count > AdminLimits.attemptAddressesMax, let least = fullAt.min(by: { $0.value < $1.value }) {
            fullAt[least.key] = nil
        }
    }

    /// How many addresses are remembered.
    var count: Int { fullAt.count }

    /// What is counted together: an IPv4 address, or the /64 of an IPv6 address, which is one site's.
    static func subject(_ address: String) -> String {
        guard address.contains(":"), !address.lowercased().hasPrefix("::ffff:") else { return address }
        let halves = address.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [Substring] = []
        for group in halves {
            if group.isEmpty { break }
            groups.append(group)
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
