public import FoundationEssentials

/// Who a process is, among those that serve the same objects.
public struct ReplicaIdentity: Codable, Sendable, Hashable {
    /// What people call it: the Pod's name in a cluster, host and port elsewhere.
    public var name: String
    /// Tells this process from every other, and from itself before a restart.
    public var instance: String
    /// `all`, `controller` or `proxy`.
    public var role: String
    /// Its version of certctl.
    public var version: String

    /// Makes one.
    public init(name: String, instance: String = UUID().uuidString, role: String, version: String) {
        self.name = name
        self.instance = instance
        self.role = role
        self.version = version
    }
}
