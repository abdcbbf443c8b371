internal import KubernetesClient
internal import Manifests

/// A token of a ServiceAccount for others than the API server (TokenRequest), as a solver asks for it.
struct ServiceAccountTokenRequest {
    let namespace: String
    let name: String
    let audiences: [String]

    /// The shortest that the API server gives.
    private static let seconds = 600

    func token(by client: APIClient) async throws -> [UInt8] {
        let body = ManifestValue.mapping([
            .init("apiVersion", .string("authentication.k8s.io/v1")), .init("kind", .string("TokenRequest")),
            .init(
                "spec",
                .mapping([
                    .init("audiences", .sequence(audiences.map { .string($0) })),
                    .init("expirationSeconds", .int(ServiceAccountTokenRequest.seconds)),
                ])),
        ])
        let accounts = APIResource(group: "", plural: "serviceaccounts")
        let response = try await client.send(
            APIRequest(
                method: .post, path: accounts.path(namespace: namespace, name: name, subresource: "token"), body: ManifestWriter.json(body),
                subject: "create serviceaccounts/token \(namespace)/\(name)"))
        guard let token = try ManifestReader.object(json: response.body)?.mapping("status")?.string("token"), !token.isEmpty else {
            throw CommandFailure("the API server gave no token for ServiceAccount \(namespace)/\(name)")
        }
        return Array(token.utf8)
    }
}
