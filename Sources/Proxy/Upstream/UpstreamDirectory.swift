internal import Routing

/// The upstreams that one loop has used, with whose turn it is and the connections that wait for work. Used on its loop only.
final class UpstreamDirectory {
    /// By ``Upstream/id``, which are small numbers.
    private var groups: [EndpointGroup?] = []
    /// Where round robin starts in a new group; differs from loop to loop, so that they do not all begin with the same endpoint.
    private let start: Int

    init(startingAt start: Int) {
        self.start = start
    }

    /// The group of an upstream, brought up to date when a later snapshot has another object for it.
    @inline(__always)
    func group(of upstream: Upstream) -> EndpointGroup {
        if upstream.id < groups.count, let group = groups[upstream.id] {
            if group.upstream !== upstream { group.adopt(upstream) }
            return group
        }
        return add(upstream)
    }

    private func add(_ upstream: Upstream) -> EndpointGroup {
        while groups.count <= upstream.id { groups.append(nil) }
        let group = EndpointGroup(upstream, startingAt: start)
        groups[upstream.id] = group
        return group
    }

    /// Closes idle connections to endpoints that a new snapshot does not have any more; a Pod that terminates waits for that.
    func adopt(_ routes: RouteTable) {
        for index in groups.indices {
            guard let group = groups[index] else { continue }
            if let upstream = routes.upstream(index) {
                if group.upstream !== upstream { group.adopt(upstream) }
            } else {
                group.retire()
                groups[index] = nil
            }
        }
    }

    /// Idle connections, counted for metrics.
    var idleCount: Int { groups.reduce(0) { $0 + ($1?.idleCount ?? 0) } }

    /// Closes every idle connection.
    func closeIdle() {
        for group in groups { group?.retire() }
    }
}
