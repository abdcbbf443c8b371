internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// Finds the endpoints of a Service port, as kube-proxy would. Pure.
struct UpstreamResolver {
    let objects: ObjectSet

    /// Makes the upstream of a backend as of these objects.
    func upstream(id: Int, _ key: BackendKey) -> Upstream {
        guard case .service(let name, let port) = key else {
            return Upstream(id: id, name: key.description, service: key.object, state: .notAService)
        }
        guard let service = objects.services[name] else {
            return Upstream(id: id, name: key.description, service: name, state: .noService)
        }
        if service.type == "ExternalName" { return external(id: id, key, service, port) }
        guard let servicePort = UpstreamResolver.find(port, in: service) else {
            return Upstream(id: id, name: key.description, service: name, state: .noPort)
        }
        let endpoints = endpoints(of: service, servicePort)
        return Upstream(
            id: id, name: key.description, service: name, endpoints: endpoints, state: endpoints.isEmpty ? .noEndpoints : .ok,
            appProtocol: servicePort.appProtocol)
    }

    /// `spec.externalName` and the numeric target port; a number that the Service does not list stands for itself, since an
    /// ExternalName Service need not list any port.
    private func external(id: Int, _ key: BackendKey, _ service: Service, _ port: ServiceBackendPort) -> Upstream {
        let listed = UpstreamResolver.find(port, in: service)
        let number = listed.map(UpstreamResolver.numericTarget) ?? UpstreamResolver.number(of: port)
        let address = service.externalName ?? ""
        guard let number, UpstreamResolver.isPort(number), !address.isEmpty else {
            return Upstream(id: id, name: key.description, service: key.object, state: .noPort)
        }
        return Upstream(
            id: id, name: key.description, service: key.object, endpoints: [UpstreamEndpoint(address: address, port: number)], state: .ok,
            externalName: address, appProtocol: listed?.appProtocol)
    }

    /// Endpoints by whether they are ready.
    private struct Found {
        var ready: Set<UpstreamEndpoint> = []
        /// Not ready any more, but still serving.
        var terminating: Set<UpstreamEndpoint> = []
    }

    /// The ready endpoints; when there is none, those that still serve while they terminate (Kubernetes, "Service: traffic to
    /// terminating endpoints"). Sorted, and each address and port once: slices may overlap while they are rewritten.
    private func endpoints(of service: Service, _ port: ServicePort) -> [UpstreamEndpoint] {
        let slices = objects.endpointSlices(of: service.metadata.id)
        let managed = slices.filter { $0.metadata.labels[UpstreamResolver.managedByLabel] == UpstreamResolver.managedByKubernetes }
        let manual = slices.filter { $0.metadata.labels[UpstreamResolver.managedByLabel] != UpstreamResolver.managedByKubernetes }
        // Kubernetes lists every Pod of a dual-stack Service once per family; one of them is enough, or each Pod would count twice.
        let families = service.clusterIP?.utf8.contains(UInt8(ascii: ":")) == true ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"]
        let byFamily = families.map { family in find(port, in: managed.filter { $0.addressType == family }) }
        let chosen = byFamily.first { !$0.ready.isEmpty } ?? byFamily.first { !$0.terminating.isEmpty } ?? Found()
        let others = find(port, in: manual.filter { $0.addressType != "FQDN" })
        let ready = chosen.ready.union(others.ready)
        return (ready.isEmpty ? chosen.terminating.union(others.terminating) : ready).sorted()
    }

    private func find(_ servicePort: ServicePort, in slices: [EndpointSlice]) -> Found {
        var found = Found()
        for slice in slices {
            guard let port = UpstreamResolver.port(servicePort, in: slice), UpstreamResolver.isPort(port) else { continue }
            for endpoint in slice.endpoints {
                let endpoints = endpoint.addresses.map { UpstreamEndpoint(address: $0, port: port) }
                if endpoint.isReady {
                    found.ready.formUnion(endpoints)
                } else if endpoint.serving == true, endpoint.terminating == true {
                    found.terminating.formUnion(endpoints)
                }
            }
        }
        return found
    }

    private static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
    private static let managedByKubernetes = "endpointslice-controller.k8s.io"

    private static func find(_ port: ServiceBackendPort, in service: Service) -> ServicePort? {
        service.ports.first { candidate in
            guard candidate.protocol == "TCP" else { return false }
            switch port {
            case .number(let number): return candidate.port == number
            case .name(let name): return candidate.name ?? "" == name
            }
        }
    }

    /// The port number in a slice: the one with the Service port's name, since the slice has resolved named target ports. A slice
    /// port without a number leaves it to the consumer; then the Service's own numbers count.
    private static func port(_ servicePort: ServicePort, in slice: EndpointSlice) -> Int? {
        let named = slice.ports.first { $0.name ?? "" == servicePort.name ?? "" && $0.protocol == "TCP" }
        return named.map { $0.port ?? numericTarget(servicePort) } ?? nil
    }

    private static func numericTarget(_ port: ServicePort) -> Int {
        if case .int(let number) = port.targetPort, number > 0 { return number }
        return port.port
    }

    private static func number(of port: ServiceBackendPort) -> Int? {
        if case .number(let number) = port { return number }
        return nil
    }

    private static func isPort(_ number: Int) -> Bool { (1...65_535).contains(number) }
}
