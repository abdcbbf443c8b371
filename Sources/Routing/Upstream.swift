public import Core

/// One port of one Service with its usable endpoints, as of one snapshot. Immutable; while nothing about it changes, later
/// snapshots hold the same object.
public final class Upstream: Sendable {
    /// Whether requests can be sent to it, else why not.
    public enum State: String, Hashable, Sendable, Codable {
        /// There is at least one endpoint.
        case ok
        /// No such Service.
        case noService
        /// The Service has no such TCP port.
        case noPort
        /// No endpoint is ready, nor serving while it terminates.
        case noEndpoints
        /// The backend is a `resource` reference; only Services can be served.
        case notAService
    }

    /// A small number that belongs to this name for as long as the process lives, and is never reused: state of the data plane,
    /// such as whose turn it is, may be indexed by it.
    public let id: Int
    /// `namespace/service:port`, the port as the Ingress has it: number or name.
    public let name: String
    /// The Service; of a `resource` backend, its namespace and name.
    public let service: NamespacedName
    /// The usable endpoints in a fixed order, without duplicates. Empty unless the state is `.ok`.
    public let endpoints: [UpstreamEndpoint]
    /// Whether requests can be sent to it.
    public let state: State
    /// `spec.externalName` of a Service of type ExternalName; the only endpoint then has this name as its address.
    public let externalName: String?
    /// `appProtocol` of the Service port, such as `kubernetes.io/h2c` or `https`.
    public let appProtocol: String?

    init(
        id: Int, name: String, service: NamespacedName, endpoints: [UpstreamEndpoint] = [], state: State, externalName: String? = nil,
        appProtocol: String? = nil
    ) {
        self.id = id
        self.name = name
        self.service = service
        self.endpoints = endpoints
        self.state = state
        self.externalName = externalName
        self.appProtocol = appProtocol
    }

    /// Whether nothing that the data plane sees differs.
    func isSame(as other: Upstream) -> Bool {
        id == other.id && state == other.state && endpoints == other.endpoints && externalName == other.externalName
            && appProtocol == other.appProtocol
    }
}
