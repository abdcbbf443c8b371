internal import Core
internal import KubernetesClient
internal import Logging
internal import TestKit

extension APIClient {
    /// A client that logs nothing.
    convenience init(_ configuration: ClusterConfiguration, time: any TimeSource = SystemTime(), limits: RateLimit = .standard) {
        self.init(configuration, limits: limits, time: time, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// The error of a request, or nil.
    func failure(_ request: APIRequest) async -> APIError? {
        do {
            _ = try await send(request)
            return nil
        } catch { return error }
    }
}

extension APIRequest {
    /// Reads the ConfigMap shop/a.
    static let getA = APIRequest.get(.configMaps, namespace: "shop", name: "a")
    /// Creates the ConfigMap shop/b.
    static let createB = APIRequest.create(.configMaps, namespace: "shop", name: "b", body: configMap("b").json)

    static func configMap(_ name: String) -> JSONValue {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "shop"]]
    }
}
