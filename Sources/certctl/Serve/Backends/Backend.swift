internal import Admin
internal import ClusterReporting
internal import Core
internal import DNSProviders
internal import Issuance
internal import KubernetesAPI
internal import Store

/// What lies under a server: the store, who of several processes may write to it, and what else there is to tell or to end.
protocol Backend: Sendable {
    var store: any Store { get }
    /// Whether this process issues.
    var leadership: any Leadership { get }
    /// The Lease that the leader holds, for metrics; nil where there is none.
    var lease: NamespacedName? { get }
    /// The identity of the process that leads, as far as it is known.
    var leader: String? { get }
    /// Whether other processes may store challenge tokens, so that one which is not known yet is worth a look.
    var isShared: Bool { get }
    /// The admin API listens; nothing is served yet.
    func opened(admin: ListenAddress) async throws
    /// Asks for tokens of ServiceAccounts; nil where there are none.
    var serviceAccountTokens: ServiceAccountTokens? { get }
    /// Tells what this process may do; nil where nobody limits that.
    var rights: (any RightsReview)? { get }
    /// Who tells the cluster what issuance does; nil where there is none, or where this process may not.
    func reporter(of issuance: IssuanceController) -> ClusterReporter?
    /// Takes part in the election, and reports, until cancelled. Begins before issuance does, and is cancelled after that has ended.
    func run(_ reporter: ClusterReporter?) async
    /// How the watches of the API server are; none without one.
    func watches() async -> [ServingMetrics.Watch]
    /// What the first update still waits for, as far as that is known.
    func waitingFor() async -> [String]
    /// Where the admin APIs of all replicas are, by the EndpointSlices of this Service; nil when those of the store count.
    func replicaSlices(of service: NamespacedName) async throws -> [EndpointSlice]?
    /// Events of the cluster about these objects (`Kind namespace/name`), or why there are none to be had; nothing without a cluster.
    func events(about objects: Set<String>) async -> (events: [HostReport.Event], problem: String?)
    /// Ends all streams and writes.
    func shutdown() async
}

/// The leadership of a process that only looks on.
struct NeverLeader: Leadership {
    func isLeader() -> Bool { false }

    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        continuation.yield(false)
        return stream
    }
}

extension Backend {
    var rights: (any RightsReview)? { nil }
    var serviceAccountTokens: ServiceAccountTokens? { nil }
    func watches() async -> [ServingMetrics.Watch] { [] }
    func waitingFor() async -> [String] { [] }
    func replicaSlices(of service: NamespacedName) async throws -> [EndpointSlice]? { nil }
    func events(about objects: Set<String>) async -> (events: [HostReport.Event], problem: String?) { ([], nil) }
}
