public import FoundationEssentials

/// One process that serves, or issues, beside this one; as the report's maker knows it.
public struct ReplicaFact: Codable, Sendable, Hashable {
    /// Its name: the Pod's in a cluster, the host's elsewhere.
    public var identity: String
    /// Where its admin API is, `address:port`; nil for the process that made the report.
    public var address: String?
    /// `all`, `controller` or `proxy`; nil when it could not be asked.
    public var role: String?
    /// Its version of certctl; nil when it could not be asked.
    public var version: String?
    /// When it last answered; nil when it never did.
    public var at: Date?
    /// Whether it answered the last time that it was asked. What is not reachable is not assumed to be right.
    public var isReachable: Bool
    /// Why not, or what is odd about its answer.
    public var problem: String?

    /// Makes a fact.
    public init(
        identity: String, address: String? = nil, role: String? = nil, version: String? = nil, at: Date? = nil, isReachable: Bool,
        problem: String? = nil
    ) {
        self.identity = identity
        self.address = address
        self.role = role
        self.version = version
        self.at = at
        self.isReachable = isReachable
        self.problem = problem
    }
}
