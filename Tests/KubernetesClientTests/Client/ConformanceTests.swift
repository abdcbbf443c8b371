internal import Core
internal import KubernetesClient
internal import TestKit
internal import Testing

/// What an API server says to requests that are wrong or late, in the order of the steps. Found with Kubernetes 1.36; where a real one can
/// be started, it is asked again.
@Suite("Preconditions of writes, on the fake and the real API server", .serialized) struct ConformanceTests {
    private struct Step {
        let name: String
        let request: APIRequest
        /// `STATUS REASON`, or `2xx`.
        let expected: String
    }

    @Test func `the fake keeps to it`() async throws {
        let server = try await FakeAPIServer()
        try await walk(APIClient(server.configuration))
    }

    /// Not a test of certctl: of what the fake is worth.
    @Test(.enabled(if: KubernetesControlPlane.isInstalled, "KUBEBUILDER_ASSETS names no API server"))
    func `the real one keeps to it`() async throws {
        let plane = try await KubernetesControlPlane()
        try await walk(APIClient(try Kubeconfig.load(explicitPath: plane.administrator, environment: [:]).configuration()))
    }

    private func walk(_ client: APIClient) async throws {
        for step in missing + existing + leases + status + reading {
            var answer = "2xx"
            if let error = await client.failure(step.request) {
                answer = error.httpStatus.map { "\($0)" + (error.reason.map { " " + $0 } ?? "") } ?? "\(error)"
            }
            #expect(answer == step.expected, "\(step.name)")
        }
    }

    private func object(_ resource: APIResource, _ name: String, version: String?, uid: String?, _ fields: JSONValue) -> [UInt8] {
        var metadata: JSONValue = ["name": .string(name), "namespace": "default"]
        if let version { metadata["resourceVersion"] = .string(version) }
        if let uid { metadata["uid"] = .string(uid) }
        var object = fields
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = resource == .leases ? "Lease" : resource == .ingresses ? "Ingress" : "ConfigMap"
        object["metadata"] = metadata
        return object.json
    }

    private func configMap(_ value: String = "1", version: String? = nil, uid: String? = nil, name: String = "a") -> [UInt8] {
        object(.configMaps, name, version: version, uid: uid, ["data": ["k": .string(value)]])
    }

    private func apply(_ body: [UInt8], manager: String = "certctl", force: Bool = true) -> APIRequest {
        .apply(.configMaps, namespace: "default", name: "a", body: body, fieldManager: manager, force: force)
    }

    private func update(_ body: [UInt8], name: String = "a") -> APIRequest {
        .update(.configMaps, namespace: "default", name: name, body: body)
    }

    /// A resource version alone does not keep an object that was deleted from being made again; its uid does.
    private var missing: [Step] {
        [
            Step(name: "apply with a uid", request: apply(configMap(uid: "5")), expected: "409 Conflict"),
            Step(name: "apply with both", request: apply(configMap(version: "3", uid: "5")), expected: "409 Conflict"),
            Step(name: "update with a version", request: update(configMap(version: "3")), expected: "404 NotFound"),
            Step(name: "apply with a version", request: apply(configMap(version: "3")), expected: "2xx"),
            Step(
                name: "patch", request: .mergePatch(.configMaps, namespace: "default", name: "z", body: [123, 125]),
                expected: "404 NotFound"),
            Step(name: "delete", request: .delete(.configMaps, namespace: "default", name: "z"), expected: "404 NotFound"),
        ]
    }

    private var existing: [Step] {
        func patch(_ text: String) -> APIRequest { .mergePatch(.configMaps, namespace: "default", name: "a", body: Array(text.utf8)) }
        func create(_ body: [UInt8]) -> APIRequest { .create(.configMaps, namespace: "default", name: "a", body: body) }
        return [
            Step(name: "create", request: create(configMap()), expected: "409 AlreadyExists"),
            Step(name: "create with a version", request: create(configMap(version: "3")), expected: "500"),
            Step(name: "update with an old version", request: update(configMap(version: "1")), expected: "409 Conflict"),
            Step(name: "update with another uid", request: update(configMap(uid: "1")), expected: "409 Conflict"),
            Step(name: "update without a version", request: update(configMap("2")), expected: "2xx"),
            Step(name: "apply with an old version", request: apply(configMap(version: "1")), expected: "409 Conflict"),
            Step(name: "apply with another uid", request: apply(configMap(uid: "1")), expected: "422 Invalid"),
            Step(name: "apply with both", request: apply(configMap(version: "1", uid: "1")), expected: "409 Conflict"),
            Step(name: "apply what an update of ours wrote", request: apply(configMap("3"), force: false), expected: "409 Conflict"),
            Step(name: "apply another's field", request: apply(configMap("4"), manager: "other", force: false), expected: "409 Conflict"),
            Step(name: "apply another's field by force", request: apply(configMap("4"), manager: "other"), expected: "2xx"),
            Step(name: "apply with an empty version", request: apply(configMap("4", version: "")), expected: "2xx"),
            Step(name: "apply with version 0", request: apply(configMap("4", version: "0")), expected: "2xx"),
            Step(name: "patch an old version", request: patch("{\"metadata\":{\"resourceVersion\":\"1\"}}"), expected: "409 Conflict"),
            Step(name: "patch another uid", request: patch("{\"metadata\":{\"uid\":\"1\"}}"), expected: "422 Invalid"),
            Step(
                name: "delete an old version",
                request: .delete(.configMaps, namespace: "default", name: "a", resourceVersion: "1"), expected: "409 Conflict"),
            Step(
                name: "delete another uid", request: .delete(.configMaps, namespace: "default", name: "a", uid: "1"),
                expected: "409 Conflict"),
            Step(name: "delete", request: .delete(.configMaps, namespace: "default", name: "a"), expected: "2xx"),
        ]
    }

    /// An update makes a Lease that is gone, unless it says which one it means.
    private var leases: [Step] {
        func update(version: String? = nil, uid: String? = nil) -> APIRequest {
            .update(
                .leases, namespace: "default", name: "l",
                body: object(.leases, "l", version: version, uid: uid, ["spec": ["holderIdentity": "a"]]))
        }
        return [
            Step(name: "update a missing lease with a uid", request: update(uid: "5"), expected: "409 Conflict"),
            Step(name: "update a missing lease with both", request: update(version: "5", uid: "5"), expected: "409 Conflict"),
            Step(name: "update a missing lease with a version", request: update(version: "5"), expected: "2xx"),
            Step(name: "update a lease without a version", request: update(), expected: "422 Invalid"),
            Step(name: "update a lease with an old version", request: update(version: "1"), expected: "409 Conflict"),
            Step(name: "delete the lease", request: .delete(.leases, namespace: "default", name: "l"), expected: "2xx"),
        ]
    }

    private var status: [Step] {
        func body(_ fields: JSONValue, uid: String? = nil) -> [UInt8] { object(.ingresses, "w", version: nil, uid: uid, fields) }
        let spec = body(["spec": ["defaultBackend": ["service": ["name": "s", "port": ["number": 80]]]]])
        func apply(uid: String? = nil) -> APIRequest {
            .apply(
                .ingresses, namespace: "default", name: "w", subresource: "status",
                body: body(["status": ["loadBalancer": ["ingress": [["ip": "192.0.2.1"]]]]], uid: uid), force: true)
        }
        return [
            Step(name: "apply a missing object's status", request: apply(), expected: "404 NotFound"),
            Step(name: "create", request: .create(.ingresses, namespace: "default", name: "w", body: spec), expected: "2xx"),
            Step(name: "apply the status", request: apply(), expected: "2xx"),
            Step(name: "apply the status of another", request: apply(uid: "1"), expected: "422 Invalid"),
            Step(name: "delete", request: .delete(.ingresses, namespace: "default", name: "w"), expected: "2xx"),
        ]
    }

    private var reading: [Step] {
        var unmanaged = apply(configMap())
        unmanaged.query = []
        var untyped = apply(configMap())
        untyped.contentType = "text/plain"
        // The server waits for it for some seconds, once is enough.
        var future = APIRequest.list(.configMaps, resourceVersion: "99999999")
        future.attemptsMax = 1
        return [
            Step(name: "apply without a manager", request: unmanaged, expected: "422 Invalid"),
            Step(name: "patch of no known type", request: untyped, expected: "415 UnsupportedMediaType"),
            Step(
                name: "a namespace that is not the path's",
                request: .create(.configMaps, namespace: "other", name: "a", body: configMap()), expected: "400 BadRequest"),
            Step(name: "discover what is not there", request: APIRequest(path: "/apis/cert-manager.io/v9"), expected: "404"),
            Step(name: "list what is not there", request: APIRequest(path: "/api/v1/namespaces/default/foos"), expected: "404 NotFound"),
            Step(
                name: "a method that does not fit", request: APIRequest(method: .put, path: "/api/v1/secrets"),
                expected: "405 MethodNotAllowed"),
            Step(name: "a made-up page", request: .list(.configMaps, limit: 1, continueToken: "xx"), expected: "400 BadRequest"),
            Step(name: "a broken label selector", request: .list(.configMaps, labelSelector: "a b"), expected: "400 BadRequest"),
            Step(
                name: "a field that cannot be selected", request: .list(.ingresses, fieldSelector: "spec.x=y"), expected: "400 BadRequest"),
            Step(name: "a field that can", request: .list(.secrets, fieldSelector: "type=x,metadata.namespace=a"), expected: "2xx"),
            Step(name: "a version that is still to come", request: future, expected: "504 Timeout"),
        ]
    }
}
