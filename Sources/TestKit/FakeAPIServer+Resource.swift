public import KubernetesClient

extension FakeAPIServer {
    /// A resource that the server offers.
    struct Resource: Hashable, Sendable {
        let resource: APIResource
        let kind: String
        let hasStatus: Bool
        /// Whether a PUT may leave out the resource version.
        let allowsUnconditionalUpdate: Bool
        /// Whether a PUT makes an object that is not there.
        var allowsCreateOnUpdate: Bool { kind == "Lease" }
        /// What a field selector may name.
        var selectableFields: Set<String> {
            let special: Set<String> =
                switch kind {
                case "Secret": ["type"]
                case "Event": ["reason", "type", "regarding.kind", "regarding.name", "regarding.namespace", "reportingController"]
                case "Pod": ["spec.nodeName", "status.phase", "status.podIP"]
                default: []
                }
            return special.union(["metadata.name", "metadata.namespace"])
        }
        /// Lists of the built-in kinds have items without kind and apiVersion; lists of custom resources have them.
        var isCustom: Bool { resource.group == FakeAPIServer.certManagerGroup }

        init(_ resource: APIResource, _ kind: String, hasStatus: Bool = false, allowsUnconditionalUpdate: Bool = true) {
            self.resource = resource
            self.kind = kind
            self.hasStatus = hasStatus
            self.allowsUnconditionalUpdate = allowsUnconditionalUpdate
        }
    }

    static let certManagerGroup = "cert-manager.io"

    static let resources: [Resource] = [
        Resource(.ingresses, "Ingress", hasStatus: true),
        Resource(.ingressClasses, "IngressClass"),
        Resource(.services, "Service", hasStatus: true),
        Resource(.endpointSlices, "EndpointSlice"),
        Resource(.secrets, "Secret"),
        Resource(.configMaps, "ConfigMap"),
        Resource(.namespaces, "Namespace", hasStatus: true),
        Resource(.pods, "Pod", hasStatus: true),
        Resource(.leases, "Lease", allowsUnconditionalUpdate: false),
        Resource(.events, "Event"),
        Resource(.issuers, "Issuer", hasStatus: true, allowsUnconditionalUpdate: false),
        Resource(.clusterIssuers, "ClusterIssuer", hasStatus: true, allowsUnconditionalUpdate: false),
        Resource(.certificates, "Certificate", hasStatus: true, allowsUnconditionalUpdate: false),
    ]

    /// What a request does, for scripts and for the log.
    public enum Verb: String, Hashable, Sendable, CaseIterable {
        /// Reads an object.
        case get
        /// Reads a collection.
        case list
        /// Follows a collection.
        case watch
        /// POST.
        case create
        /// PUT.
        case update
        /// PATCH with a merge patch.
        case patch
        /// PATCH by server-side apply.
        case apply
        /// DELETE.
        case delete
        /// GET of a group version, of `/version` and of the health checks.
        case discover
    }

    /// Where a path leads.
    struct Target: Sendable {
        var verb: Verb
        var resource: Resource
        var namespace: String?
        var name: String?
        var subresource: String?
    }

    /// What a test sees of a request.
    public struct RecordedRequest: Sendable {
        /// What it does; nil when the path leads nowhere.
        public let verb: Verb?
        /// What it is about.
        public let resource: APIResource?
        /// The namespace in the path.
        public let namespace: String?
        /// The name in the path.
        public let name: String?
        /// The subresource in the path.
        public let subresource: String?
        /// The method.
        public let method: String
        /// The path without the query.
        public let path: String
        /// The parameters, decoded.
        public let query: [String: String]
        /// Header fields by lower-case name; the last of several.
        public let headers: [String: String]
        /// What was sent.
        public let body: [UInt8]
        /// Which connection it came over, from 1.
        public let connection: Int
        /// The subject's common name in the client's certificate, over TLS.
        public let clientCertificate: String?
        /// The status of the answer; 0 while there is none and when the connection was cut.
        public internal(set) var status: Int

        /// The body as a tree.
        public var object: JSONValue? { JSONValue(parsing: body) }
    }
}
