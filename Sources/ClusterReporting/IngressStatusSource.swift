public import Core
internal import HashTreeCollections
public import KubernetesAPI
public import Store

/// Where the addresses come from that served Ingresses show in their status.
public enum IngressStatusSource: Hashable, Sendable {
    /// `--publish-service NS/NAME`: the Service through which requests come in.
    case service(NamespacedName)
    /// `--publish-status-address A,B`: addresses and host names, as given.
    case addresses([String])

    /// The addresses to show.
    ///
    /// - Returns: nil while they are not known, because the Service is missing or its load balancer is not there yet: what stands in the
    ///   Ingresses then stays.
    public func addresses(in objects: ObjectSet) -> [LoadBalancerIngress]? {
        let found: [LoadBalancerIngress]
        switch self {
        case .addresses(let texts): found = texts.map(LoadBalancerIngress.init(text:))
        case .service(let name):
            guard let service = objects.services[name] else { return nil }
            found = service.publicAddresses
        }
        var known: Set<LoadBalancerIngress> = []
        let addresses = found.filter { known.insert($0).inserted }
        return addresses.isEmpty ? nil : addresses
    }
}

extension Service {
    /// Where the Service can be reached, by its type, as ingress-nginx has it.
    var publicAddresses: [LoadBalancerIngress] {
        let external = externalIPs.map { LoadBalancerIngress(text: $0) }
        let cluster = clusterIP.flatMap { $0.isEmpty || $0 == "None" ? nil : [LoadBalancerIngress(ip: $0)] } ?? []
        switch type {
        case "ExternalName": return externalName.map { [LoadBalancerIngress(hostname: $0)] } ?? []
        case "LoadBalancer": return loadBalancer + external
        default: return external.isEmpty ? cluster : external
        }
    }
}

extension LoadBalancerIngress {
    /// An IP address in canonical text, or anything else as a host name.
    init(text: String) {
        if let address = IPAddressText.canonical(text) { self.init(ip: address) } else { self.init(hostname: text) }
    }
}
