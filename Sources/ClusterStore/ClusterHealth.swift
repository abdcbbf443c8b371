public import KubernetesClient

/// How the store gets on with the API server. Nothing about serving depends on it once there was a first update.
public struct ClusterHealth: Hashable, Sendable {
    /// Whether the first update was published.
    public let isReady: Bool
    /// What the first update still waits for, such as `ingresses`; empty once it was published.
    public let waitingFor: [String]
    /// Every watch, by subject.
    public let reflectors: [ReflectorHealth]

    /// Makes a snapshot.
    public init(isReady: Bool, waitingFor: [String], reflectors: [ReflectorHealth]) {
        self.isReady = isReady
        self.waitingFor = waitingFor
        self.reflectors = reflectors
    }

    /// Those that get no news at the moment.
    public var troubled: [ReflectorHealth] { reflectors.filter { $0.trouble != nil } }
}
