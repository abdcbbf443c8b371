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
        let endpoints = endpoints(of: name, servicePort)
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

    /// The ready endpoints; when there is none, those that still serve while they terminate (Kubernetes, "Service: traffic to
    /// terminating endpoints"). Sorted, and each address and port once: slices may overlap while they are rewritten.
    private func endpoints(of service: NamespacedName, _ servicePort: ServicePort) -> [UpstreamEndpoint] {
        var ready: Set<UpstreamEndpoint> = []
        var terminating: Set<UpstreamEndpoint> = []
        for slice in objects.endpointSlices(of: service) where slice.addressType != "FQDN" {
            guard let port = UpstreamResolver.port(servicePort, in: slice), UpstreamResolver.isPort(port) else { continue }
            for endpoint in slice.endpoints {
                let isReady = endpoint.isReady
                guard isReady || (endpoint.serving ?? false && endpoint.terminating ?? false) else { continue }
                for address in endpoint.addresses {
                    if isReady {
                        ready.insert(UpstreamEndpoint(address: address, port: port))
                    } else {
                        terminating.insert(UpstreamEndpoint(address: address, port: port))
                    }
                }
            }
        }
        return (ready.isEmpty ? terminating : ready).sorted()
    }

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
