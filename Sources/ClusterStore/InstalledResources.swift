internal import Core
internal import KubernetesClient
internal import Manifests

/// Which of cert-manager's kinds the API server offers.
struct InstalledResources: Hashable, Sendable {
    /// The plurals, such as `issuers`.
    var plurals: Set<String> = []

    /// Asks the API server.
    ///
    /// - Throws: when it does not answer; that there is none of them is an answer.
    static func ask(_ client: APIClient) async throws(APIError) -> InstalledResources {
        var request = APIRequest.discovery(.issuers)
        request.attemptsMax = 1
        do throws(APIError) {
            return try InstalledResources(json: try await client.send(request).body, subject: request.subject)
        } catch {
            if error.code == .notFound { return InstalledResources() }
            throw error
        }
    }

    /// None.
    init() {}

    /// Reads an `APIResourceList`.
    init(json body: [UInt8], subject: String) throws(APIError) {
        guard let root = ManifestReader.object(json: body), let resources = try? root.mappings("resources") else {
            throw APIError(code: .badResponse, message: "not a list of resources", subject: subject)
        }
        plurals = Set(resources.compactMap { (try? $0.string("name")) ?? nil })
    }

    /// Whether objects of the kind can be asked for.
    func offers(_ resource: APIResource) -> Bool { plurals.contains(resource.plural) }
}
