public import Manifests

extension Service {
    /// Reads a Service.
    public init(from root: Node) throws(ManifestError) {
        let spec = try root.mapping("spec")
        let ports = try spec?.mappings("ports") ?? []
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: false),
            type: try spec?.string("type") ?? "ClusterIP",
            clusterIP: try spec?.string("clusterIP"),
            externalName: try spec?.string("externalName"),
            ports: try ports.map { (node) throws(ManifestError) in try ServicePort(from: node) },
            externalIPs: try spec?.strings("externalIPs") ?? [],
            loadBalancer: LoadBalancerIngress.list(inStatusOf: root))
    }
}

extension ServicePort {
    init(from node: Node) throws(ManifestError) {
        self.init(
            name: try node.string("name"),
            port: try node.requiredPort("port"),
            targetPort: try node["targetPort"].map { (node) throws(ManifestError) in try IntOrString(from: node) },
            protocol: try node.string("protocol") ?? "TCP",
            appProtocol: try node.string("appProtocol"))
    }
}

extension IntOrString {
    init(from node: Node) throws(ManifestError) {
        self = node.kind == .int ? .int(try node.int()) : .string(try node.string())
    }
}

extension Node {
    /// A port number field; nil when it is absent or null.
    func port(_ key: String) throws(ManifestError) -> Int? {
        guard let number = try int(key) else { return nil }
        guard (1...65535).contains(number) else { throw error(at: key, "\(number) is not a port, 1 to 65535") }
        return number
    }

    /// A port number field that must be there.
    func requiredPort(_ key: String) throws(ManifestError) -> Int {
        guard let number = try port(key) else { throw error(at: key, "the field is missing") }
        return number
    }
}
