public import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// Turns Ingresses, Services and EndpointSlices into a ``RouteTable``, and every change into the next one by compiling only
/// the hosts that a changed Ingress names and only the upstreams of a changed Service.
///
/// A value without I/O; it belongs to one task of the control plane.
public struct RouteCompiler {
    private struct Served {
        let rank: IngressRank
        let hosts: [String]
        let upstreamIDs: [Int]
        let routes: [Route]
        let classDefault: Route?
        let problems: [RouteProblem]
    }

    private let policy: IngressClassPolicy
    private var served: [NamespacedName: Served] = [:]
    private var upstreams = UpstreamRegistry()
    private var numbers = RouteNumbers()
    private var claims: [String: HostClaims] = [:]
    private var hostProblems: [String: [RouteProblem]] = [:]
    private var hosts: HostMap<RouteTable.HostEntry>
    private var everyHost: RouteTable.HostEntry?
    private var defaults: [(rank: IngressRank, route: Route)] = []
    private var routeCount = 0

    /// Makes a compiler that has seen nothing.
    public init(policy: IngressClassPolicy) {
        self.init(policy: policy, hash: HostHash())
    }

    init(policy: IngressClassPolicy, hash: HostHash) {
        self.policy = policy
        hosts = HostMap(hash: hash)
    }

    /// The Ingresses that the policy takes, by name.
    public var servedIngresses: [NamespacedName] { served.keys.sorted() }

    /// Takes in an update of the store.
    ///
    /// - Returns: the table for the update's objects. Parts that did not change are shared with the table before.
    public mutating func apply(_ update: StoreUpdate) -> RouteTable {
        upstreams.resolver = UpstreamResolver(objects: update.objects)
        refreshUpstreams(update.changed)
        var touched: Set<String> = []
        // By name, so that ids come out the same for the same objects.
        var replaced: [Int] = []
        for name in policy.review(update, served: served).sorted() {
            let former = remove(name, touching: &touched)
            replaced += former?.upstreamIDs ?? []
            numbers.begin(replacing: former?.routes ?? [])
            defer { numbers.end() }
            guard let ingress = update.objects.ingresses[name], policy.serves(ingress, classes: update.objects.ingressClasses)
            else { continue }
            add(ingress, touching: &touched)
        }
        // Not before: an upstream that stays in use keeps its object.
        for id in replaced { upstreams.release(id) }
        for host in touched { compile(host) }
        return table()
    }

    private mutating func refreshUpstreams(_ changed: ChangeSet) {
        let services = changed.isEverything ? Set(upstreams.services) : changed.services.union(changed.endpointServices)
        upstreams.refresh(services)
    }

    /// - Returns: what there was; the upstreams that the Ingress retained are to be released.
    private mutating func remove(_ name: NamespacedName, touching touched: inout Set<String>) -> Served? {
        guard let old = served.removeValue(forKey: name) else { return nil }
        for host in old.hosts {
            claims[host]?.remove(old.rank)
            touched.insert(host)
        }
        if old.classDefault != nil { defaults.removeAll { $0.rank == old.rank } }
        return old
    }

    private mutating func add(_ ingress: Ingress, touching touched: inout Set<String>) {
        let rank = IngressRank(ingress)
        let routes = IngressRoutes(ingress, upstreams: &upstreams, numbers: &numbers)
        for (host, claim) in routes.hosts {
            claims[host, default: HostClaims()].insert(claim, of: rank)
            touched.insert(host)
        }
        if let route = routes.classDefault {
            defaults.insert((rank, route), at: rank.position(in: defaults.lazy.map(\.rank)))
        }
        served[rank.name] = Served(
            rank: rank, hosts: Array(routes.hosts.keys), upstreamIDs: routes.upstreamIDs, routes: routes.routes,
            classDefault: routes.classDefault, problems: routes.problems)
    }

    private mutating func compile(_ host: String) {
        let old = host == HostPattern.every ? everyHost : hosts[host]
        var new: RouteTable.HostEntry?
        hostProblems[host] = nil
        if let claim = claims[host], !claim.isEmpty {
            let (entry, problems) = claim.merged(host)
            new = entry
            if !problems.isEmpty { hostProblems[host] = problems }
        } else {
            claims[host] = nil
        }
        if host == HostPattern.every { everyHost = new } else { hosts[host] = new }
        routeCount += (new?.routeCount ?? 0) - (old?.routeCount ?? 0)
    }

    private func table() -> RouteTable {
        RouteTable(
            hosts: hosts, everyHost: everyHost, classDefault: defaults.first?.route, upstreams: upstreams.table,
            routes: numbers.table, routesVersion: numbers.version, routeCount: routeCount + (defaults.isEmpty ? 0 : 1))
    }
}

extension RouteCompiler {
    /// What is wrong now, sorted. Costs a pass over the served Ingresses.
    public var problems: [RouteProblem] {
        var all = served.values.flatMap(\.problems) + hostProblems.values.joined()
        if let winner = defaults.first?.route {
            all += defaults.dropFirst().map { HostClaims.duplicateDefault($0.route, of: winner) }
        }
        for (name, ingress) in served {
            for id in Set(ingress.upstreamIDs) {
                guard let upstream = upstreams.table[id], let problem = upstream.problem(in: name) else { continue }
                all.append(problem)
            }
        }
        return all.sorted()
    }
}
