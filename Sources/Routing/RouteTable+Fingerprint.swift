internal import Core

extension RouteTable {
    /// A number that stands for all rules and where they lead: the same in every process that routes alike, most likely another one where
    /// they differ, and small enough to be a whole number in a Double. Endpoints do not count.
    public var fingerprint: UInt64 {
        // A sum, since nothing orders the rules.
        allRoutes.reduce(0) { $0 &+ hash(of: $1) } & (1 << 53 - 1)
    }

    private func hash(of route: Route) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let parts = [
            route.ingress.namespace, route.ingress.name, route.host, route.kind.rawValue, route.path,
            upstreams[route.upstreamID]?.name ?? "",
        ]
        for part in parts {
            for byte in part.utf8 { hash = Self.mixed(hash, byte) }
            // A byte that UTF-8 does not have, so that parts cannot run into each other.
            hash = Self.mixed(hash, 0xFF)
        }
        return hash
    }

    /// FNV-1a, 64 bits: the same in every process, unlike `Hasher`.
    private static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
}
