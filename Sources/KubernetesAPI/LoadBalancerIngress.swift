public import Manifests

/// One element of `status.loadBalancer.ingress` of a Service or an Ingress: an address under which it can be reached.
public struct LoadBalancerIngress: Hashable, Sendable {
    /// The IP address; nil when there is a host name.
    public var ip: String?
    /// The host name; nil when there is an address.
    public var hostname: String?

    /// Makes an element from its parts.
    public init(ip: String? = nil, hostname: String? = nil) {
        self.ip = ip
        self.hostname = hostname
    }

    /// The elements that an object's status has. A status that cannot be read is as good as none: others wrote it.
    static func list(inStatusOf root: Node) -> [LoadBalancerIngress] {
        let elements = try? root.mapping("status")?.mapping("loadBalancer")?.mappings("ingress")
        return (elements ?? []).compactMap { node in
            let ip = try? node.string("ip")
            let hostname = try? node.string("hostname")
            guard ip?.isEmpty == false || hostname?.isEmpty == false else { return nil }
            return LoadBalancerIngress(ip: ip, hostname: hostname)
        }
    }

    /// The element as a manifest has it.
    public func value() -> ManifestValue {
        var entries: [ManifestValue.Entry] = []
        if let hostname { entries.append(.init("hostname", .string(hostname))) }
        if let ip { entries.append(.init("ip", .string(ip))) }
        return .mapping(entries)
    }
}
