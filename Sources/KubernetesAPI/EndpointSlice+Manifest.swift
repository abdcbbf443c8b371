public import Manifests

extension EndpointSlice {
    /// Reads an EndpointSlice.
    public init(from root: Node) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: false),
            addressType: try root.string("addressType") ?? "IPv4",
            ports: try root.mappings("ports").map { (node) throws(ManifestError) in
                EndpointPort(
                    name: try node.string("name"), port: try node.port("port"), protocol: try node.string("protocol") ?? "TCP")
            },
            endpoints: try root.mappings("endpoints").map { (node) throws(ManifestError) in try Endpoint(from: node) })
    }
}

extension Endpoint {
    init(from node: Node) throws(ManifestError) {
        let conditions = try node.mapping("conditions")
        self.init(
            addresses: try node.strings("addresses"),
            ready: try conditions?.bool("ready"),
            serving: try conditions?.bool("serving"),
            terminating: try conditions?.bool("terminating"),
            zone: try node.string("zone"),
            nodeName: try node.string("nodeName"))
    }
}
