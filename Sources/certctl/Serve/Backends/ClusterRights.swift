internal import Admin
internal import KubernetesClient
internal import Manifests

/// Asks the API server what this process may do there (SelfSubjectAccessReview, which everybody may).
struct ClusterRights: RightsReview {
    let client: APIClient
    /// Where accounts, orders and tokens are kept.
    let resourceNamespace: String

    func missing(in namespace: String) async throws -> [String] {
        var missing: [String] = []
        for (place, verbs) in [(namespace, ["get", "create", "patch"]), (resourceNamespace, ["get", "create", "patch", "delete"])] {
            for verb in verbs where try await !mayDo(verb, in: place) { missing.append("\(verb) secrets in \(place)") }
        }
        return missing
    }

    private func mayDo(_ verb: String, in namespace: String) async throws -> Bool {
        let attributes = ManifestValue.mapping([
            .init("namespace", .string(namespace)), .init("verb", .string(verb)), .init("resource", .string("secrets")),
        ])
        let review = ManifestValue.mapping([
            .init("apiVersion", .string("authorization.k8s.io/v1")), .init("kind", .string("SelfSubjectAccessReview")),
            .init("spec", .mapping([.init("resourceAttributes", attributes)])),
        ])
        let request = APIRequest(
            method: .post, path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body: ManifestWriter.json(review),
            subject: "review the right to \(verb) secrets in \(namespace)")
        let answer = ManifestReader.object(json: try await client.send(request).body)
        return try answer?.mapping("status")?.bool("allowed") ?? false
    }
}
