internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import KubernetesClient
internal import Manifests

/// Where the admin APIs of all replicas are, by the EndpointSlices of a headless Service.
enum ReplicaAddresses {
    /// The addresses in these slices. A Pod that ends is not among them: that it does not answer means nothing.
    static func all(_ slices: [EndpointSlice]) -> [ListenAddress] {
        var addresses: Set<ListenAddress> = []
        for slice in slices where slice.addressType != "FQDN" {
            let ports = slice.ports.filter { $0.protocol == "TCP" }
            guard let port = (ports.first { $0.name == portName } ?? ports.first)?.port else { continue }
            for endpoint in slice.endpoints where endpoint.terminating != true {
                // All addresses of one endpoint are the same Pod.
                guard let address = endpoint.addresses.lazy.compactMap({ IPAddressText.canonical($0) }).first else { continue }
                addresses.insert(ListenAddress(host: address, port: port))
            }
        }
        return addresses.sorted { $0.description < $1.description }
    }

    /// The slices of a Service, from the API server.
    static func slices(of service: NamespacedName, _ client: APIClient) async throws -> [EndpointSlice] {
        var request = APIRequest.list(
            .endpointSlices, namespace: service.namespace, labelSelector: "\(EndpointSlice.serviceNameLabel)=\(service.name)",
            limit: slicesMax)
        request.attemptsMax = 1
        request.timeout = .seconds(2)
        request.responseBytesMax = 4 << 20
        let response = try await client.send(request)
        guard let document = ManifestReader.documents(in: response.body, file: "EndpointSlices of \(service)").first else { return [] }
        return try document.get().mappings("items").map { try EndpointSlice(from: $0) }
    }

    /// The port of the admin API in the manifests of `deploy/`.
    private static let portName = "admin"
    /// Each holds up to 100 endpoints, which is as many as are asked.
    private static let slicesMax = 16
}
