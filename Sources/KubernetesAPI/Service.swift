/// `v1` Service.
public struct Service: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// `spec.type`: `ClusterIP` (also when absent), `NodePort`, `LoadBalancer` or `ExternalName`.
    public var type: String
    /// `spec.clusterIP`; `None` for a headless Service.
    public var clusterIP: String?
    /// `spec.externalName`, for the type of that name.
    public var externalName: String?
    /// `spec.ports` in document order.
    public var ports: [ServicePort]
    /// `spec.externalIPs`.
    public var externalIPs: [String]
    /// `status.loadBalancer.ingress`; empty while there is no load balancer.
    public var loadBalancer: [LoadBalancerIngress]

    /// Makes a Service from its parts.
    public init(
        metadata: ObjectMeta, type: String = "ClusterIP", clusterIP: String? = nil, externalName: String? = nil, ports: [ServicePort] = [],
        externalIPs: [String] = [], loadBalancer: [LoadBalancerIngress] = []
    ) {
        self.metadata = metadata
        self.type = type
        self.clusterIP = clusterIP
        self.externalName = externalName
        self.ports = ports
        self.externalIPs = externalIPs
        self.loadBalancer = loadBalancer
    }
}

/// One element of `spec.ports` of a ``Service``.
public struct ServicePort: Hashable, Sendable {
    /// The name; nil or empty for the only port.
    public var name: String?
    /// The port of the Service, 1...65535.
    public var port: Int
    /// The port of the Pods; nil means the same as ``port``.
    public var targetPort: IntOrString?
    /// `TCP` (also when absent), `UDP` or `SCTP`.
    public var `protocol`: String
    /// `appProtocol`, such as `https` or `kubernetes.io/h2c`.
    public var appProtocol: String?

    /// Makes a port from its parts.
    public init(name: String? = nil, port: Int, targetPort: IntOrString? = nil, protocol: String = "TCP", appProtocol: String? = nil) {
        self.name = name
        self.port = port
        self.targetPort = targetPort
        self.`protocol` = `protocol`
        self.appProtocol = appProtocol
    }
}

/// The API's `IntOrString`.
public enum IntOrString: Hashable, Sendable, CustomStringConvertible {
    /// A number.
    case int(Int)
    /// A name.
    case string(String)

    /// The number or the name.
    public var description: String {
        switch self {
        case .int(let number): String(number)
        case .string(let text): text
        }
    }
}
