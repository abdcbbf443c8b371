public import Manifests

extension Ingress {
    /// Reads an Ingress.
    ///
    /// - Throws: the first field that the API server would refuse. Hosts are taken as they are: whether one can be served
    ///   is for each rule by itself.
    public init(from root: Node) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: false),
            spec: try root.mapping("spec").map { (node) throws(ManifestError) in try IngressSpec(from: node) } ?? IngressSpec(),
            loadBalancer: LoadBalancerIngress.list(inStatusOf: root))
    }
}

extension IngressSpec {
    init(from node: Node) throws(ManifestError) {
        self.init(
            ingressClassName: try node.string("ingressClassName"),
            defaultBackend: try node.mapping("defaultBackend").map { (node) throws(ManifestError) in try IngressBackend(from: node) },
            tls: try node.mappings("tls").map { (node) throws(ManifestError) in
                IngressTLS(hosts: try node.strings("hosts"), secretName: try node.string("secretName"))
            },
            rules: try node.mappings("rules").map { (node) throws(ManifestError) in try IngressRule(from: node) })
    }
}

extension IngressRule {
    init(from node: Node) throws(ManifestError) {
        let paths = try node.mapping("http")?.mappings("paths") ?? []
        self.init(
            host: try node.string("host"),
            paths: try paths.map { (node) throws(ManifestError) in try HTTPIngressPath(from: node) })
    }
}

extension HTTPIngressPath {
    init(from node: Node) throws(ManifestError) {
        let typeName = try node.requiredString("pathType")
        guard let pathType = PathType(rawValue: typeName) else {
            throw node.error(at: "pathType", "\"\(typeName.prefix(64))\" is none of Exact, Prefix, ImplementationSpecific")
        }
        let path = try node.string("path") ?? ""
        if pathType != .implementationSpecific || !path.isEmpty, !path.hasPrefix("/") {
            throw node.error(at: "path", "an absolute path that starts with / is needed")
        }
        self.init(path: path, pathType: pathType, backend: try IngressBackend(from: try node.requiredMapping("backend")))
    }
}

extension IngressBackend {
    init(from node: Node) throws(ManifestError) {
        switch (try node.mapping("service"), try node.mapping("resource")) {
        case (let service?, nil):
            self = .service(
                name: try service.requiredString("name"), port: try ServiceBackendPort(from: try service.requiredMapping("port")))
        case (nil, let resource?):
            self = .resource(
                apiGroup: try resource.string("apiGroup"), kind: try resource.requiredString("kind"),
                name: try resource.requiredString("name"))
        case (.some, .some): throw node.error("service and resource cannot both be set")
        case (nil, nil):
            let isOld = node["serviceName"] != nil
            throw node.error(isOld ? "serviceName is of networking.k8s.io/v1beta1; v1 has service.name" : "service or resource is needed")
        }
    }
}

extension ServiceBackendPort {
    init(from node: Node) throws(ManifestError) {
        let name = try node.string("name") ?? ""
        switch (try node.int("number"), name.isEmpty) {
        case (let number?, true):
            guard (1...65535).contains(number) else { throw node.error(at: "number", "\(number) is not a port, 1 to 65535") }
            self = .number(number)
        case (nil, false): self = .name(name)
        case (.some, false): throw node.error("number and name cannot both be set")
        case (nil, true): throw node.error("number or name is needed")
        }
    }
}
