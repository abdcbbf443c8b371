/// `networking.k8s.io/v1` Ingress.
public struct Ingress: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// What is asked for.
    public var spec: IngressSpec
    /// `status.loadBalancer.ingress`: where it is served, as somebody wrote it there.
    public var loadBalancer: [LoadBalancerIngress]

    /// Makes an Ingress from its parts.
    public init(metadata: ObjectMeta, spec: IngressSpec = IngressSpec(), loadBalancer: [LoadBalancerIngress] = []) {
        self.metadata = metadata
        self.spec = spec
        self.loadBalancer = loadBalancer
    }
}

/// `spec` of an ``Ingress``.
public struct IngressSpec: Hashable, Sendable {
    /// `ingressClassName`.
    public var ingressClassName: String?
    /// Where requests go that no rule matches.
    public var defaultBackend: IngressBackend?
    /// The TLS sections in document order.
    public var tls: [IngressTLS]
    /// The rules in document order.
    public var rules: [IngressRule]

    /// Makes a spec from its parts.
    public init(
        ingressClassName: String? = nil, defaultBackend: IngressBackend? = nil, tls: [IngressTLS] = [], rules: [IngressRule] = []
    ) {
        self.ingressClassName = ingressClassName
        self.defaultBackend = defaultBackend
        self.tls = tls
        self.rules = rules
    }
}

/// One element of `spec.tls`. Hosts are as written: the API does not promise that they are DNS names.
public struct IngressTLS: Hashable, Sendable {
    /// The hosts of the certificate, as written.
    public var hosts: [String]
    /// The Secret, in the namespace of the Ingress.
    public var secretName: String?

    /// Makes a TLS section from its parts.
    public init(hosts: [String], secretName: String?) {
        self.hosts = hosts
        self.secretName = secretName
    }
}

/// One element of `spec.rules`.
public struct IngressRule: Hashable, Sendable {
    /// The host, exact or `*.suffix`; nil or empty means every host.
    public var host: String?
    /// `http.paths` in document order.
    public var paths: [HTTPIngressPath]

    /// Makes a rule from its parts.
    public init(host: String?, paths: [HTTPIngressPath]) {
        self.host = host
        self.paths = paths
    }
}

/// One element of `spec.rules[].http.paths`.
public struct HTTPIngressPath: Hashable, Sendable {
    /// How ``path`` is compared.
    public enum PathType: String, Hashable, Sendable, CaseIterable {
        /// The whole path, case-sensitive.
        case exact = "Exact"
        /// Element by element, split at `/`.
        case prefix = "Prefix"
        /// Up to the controller.
        case implementationSpecific = "ImplementationSpecific"
    }

    /// The path, starting with `/`; empty when the document gives none (allowed for `ImplementationSpecific` only).
    public var path: String
    /// How the path is compared.
    public var pathType: PathType
    /// Where matching requests go.
    public var backend: IngressBackend

    /// Makes a path from its parts.
    public init(path: String, pathType: PathType, backend: IngressBackend) {
        self.path = path
        self.pathType = pathType
        self.backend = backend
    }
}

/// Where an Ingress sends requests.
public enum IngressBackend: Hashable, Sendable {
    /// A port of a Service in the namespace of the Ingress.
    case service(name: String, port: ServiceBackendPort)
    /// Another object; certctl serves none of these.
    case resource(apiGroup: String?, kind: String, name: String)
}

/// A Service port by number or by name.
public enum ServiceBackendPort: Hashable, Sendable, CustomStringConvertible {
    /// 1...65535.
    case number(Int)
    /// The name of a port of the Service.
    case name(String)

    /// The number or the name.
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .name(let name): name
        }
    }
}
