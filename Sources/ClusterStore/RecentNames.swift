/// The last so many names of deleted objects (uids, which never come again).
struct RecentNames: Sendable {
    private var known: Set<String> = []
    /// A ring: the place of the oldest.
    private var ring: [String] = []
    private var oldest = 0

    func contains(_ name: String) -> Bool { known.contains(name) }

    mutating func insert(_ name: String) {
        guard known.insert(name).inserted else { return }
        guard ring.count >= ClusterLimits.deletionsMax else { return ring.append(name) }
        known.remove(ring[oldest])
        ring[oldest] = name
        oldest = (oldest + 1) % ring.count
    }
}
