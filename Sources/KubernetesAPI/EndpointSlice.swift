public import Core

/// `discovery.k8s.io/v1` EndpointSlice.
public struct EndpointSlice: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// `IPv4`, `IPv6` or `FQDN`.
    public var addressType: String
    /// `ports` in document order.
    public var ports: [EndpointPort]
    /// `endpoints` in document order.
    public var endpoints: [Endpoint]

    /// Makes a slice from its parts.
    public init(metadata: ObjectMeta, addressType: String = "IPv4", ports: [EndpointPort] = [], endpoints: [Endpoint] = []) {
        self.metadata = metadata
        self.addressType = addressType
        self.ports = ports
        self.endpoints = endpoints
    }

    /// The label that ties a slice to its Service.
    public static let serviceNameLabel = "kubernetes.io/service-name"

    /// The Service that the slice belongs to, from its label; nil for a slice of nobody.
    public var service: NamespacedName? {
        metadata.labels[EndpointSlice.serviceNameLabel].map { NamespacedName(namespace: metadata.namespace, name: $0) }
    }
}

/// One element of `ports` of an ``EndpointSlice``.
public struct EndpointPort: Hashable, Sendable {
    /// The name of the Service port; nil and empty are the same.
    public var name: String?
    /// The number, 1...65535; nil means every port.
    public var port: Int?
    /// `TCP` (also when absent), `UDP` or `SCTP`.
    public var `protocol`: String

    /// Makes a port from its parts.
    public init(name: String? = nil, port: Int?, protocol: String = "TCP") {
        self.name = name
        self.port = port
        self.`protocol` = `protocol`
    }
}

/// One element of `endpoints` of an ``EndpointSlice``.
public struct Endpoint: Hashable, Sendable {
    /// Addresses of one and the same endpoint; the API says that any of them may be used.
    public var addresses: [String]
    /// `conditions.ready`; nil is to be read as true.
    public var ready: Bool?
    /// `conditions.serving`; nil is to be read as ``ready``.
    public var serving: Bool?
    /// `conditions.terminating`; nil is to be read as false.
    public var terminating: Bool?
    /// `zone`.
    public var zone: String?
    /// `nodeName`.
    public var nodeName: String?

    /// Makes an endpoint from its parts.
    public init(
        addresses: [String], ready: Bool? = nil, serving: Bool? = nil, terminating: Bool? = nil, zone: String? = nil,
        nodeName: String? = nil
    ) {
        self.addresses = addresses
        self.ready = ready
        self.serving = serving
        self.terminating = terminating
        self.zone = zone
        self.nodeName = nodeName
    }

    /// Whether new connections may go there: ready, which Kubernetes never sets on a terminating endpoint.
    public var isReady: Bool { ready ?? true }
}
