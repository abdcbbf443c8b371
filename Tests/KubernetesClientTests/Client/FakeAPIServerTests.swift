internal import KubernetesClient
internal import Logging
internal import TestKit
internal import Testing

@Suite("The fake API server behaves as the real one") struct FakeAPIServerTests {
    let server: FakeAPIServer
    let client: APIClient

    init() async throws {
        server = try await FakeAPIServer()
        client = APIClient(server.configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    static func configMap(_ name: String, _ data: JSONValue = [:], resourceVersion: String? = nil) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name), "namespace": "shop"]
        if let resourceVersion { metadata["resourceVersion"] = .string(resourceVersion) }
        return ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data]
    }

    private func send(_ request: APIRequest) async throws(APIError) -> JSONValue {
        JSONValue(parsing: try await client.send(request).body) ?? .null
    }

    private func code(_ request: APIRequest) async -> APIError.Code? {
        do {
            _ = try await client.send(request)
            return nil
        } catch { return error.code }
    }

    @Test func `an object is created, read, replaced and deleted`() async throws {
        let created = try await send(
            .create(.configMaps, namespace: "shop", name: "a", body: Self.configMap("a", ["key": "1"]).json))
        let version = try #require(created.at("metadata", "resourceVersion")?.text)
        #expect(await code(.create(.configMaps, namespace: "shop", name: "a", body: Self.configMap("a").json)) == .alreadyExists)
        let body = Self.configMap("a", ["key": "2"], resourceVersion: version).json
        _ = try await send(.update(.configMaps, namespace: "shop", name: "a", body: body))
        #expect(await code(.update(.configMaps, namespace: "shop", name: "a", body: body)) == .conflict)
        #expect(try await send(.get(.configMaps, namespace: "shop", name: "a")).at("data", "key") == "2")
        #expect(await code(.delete(.configMaps, namespace: "shop", name: "a", resourceVersion: version)) == .conflict)
        _ = try await send(.delete(.configMaps, namespace: "shop", name: "a"))
        #expect(await code(.get(.configMaps, namespace: "shop", name: "a")) == .notFound)
    }

    @Test func `a collection comes in pages of one version, and old pages are gone`() async throws {
        for number in 0..<5 { server.put(Self.configMap("m\(number)")) }
        let first = try await send(.list(.configMaps, limit: 2))
        let token = try #require(first.at("metadata", "continue")?.text)
        server.put(Self.configMap("m9"))
        let second = try await send(.list(.configMaps, limit: 2, continueToken: token))
        let last = try #require(second.at("metadata", "continue")?.text)
        #expect(first["items"]?.elements.first?["kind"] == nil)
        #expect(second.at("metadata", "resourceVersion") == first.at("metadata", "resourceVersion"))
        server.compact()
        #expect(await code(.list(.configMaps, limit: 2, continueToken: last)) == .gone)
    }

    @Test func `selectors choose by label and by name`() async throws {
        server.put("{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: x, labels: {app: one}}}")
        server.put("{apiVersion: v1, kind: Secret, metadata: {name: b, namespace: y, labels: {app: two}}}")
        #expect(try await send(.list(.secrets, labelSelector: "app in (one,three)"))["items"]?.elements.count == 1)
        #expect(try await send(.list(.secrets, labelSelector: "app!=one"))["items"]?.elements.count == 1)
        #expect(try await send(.list(.secrets, labelSelector: "app"))["items"]?.elements.count == 2)
        #expect(try await send(.list(.secrets, fieldSelector: "metadata.name=b"))["items"]?.elements.count == 1)
        #expect(try await send(.list(.secrets, namespace: "x"))["items"]?.elements.count == 1)
    }

    @Test func `a watch says what happened since its version, by its selector`() async throws {
        server.put(Self.configMap("a"))
        let watch = try await client.watch(
            .watch(.configMaps, fieldSelector: "metadata.name=b", resourceVersion: "\(server.resourceVersion)", timeout: .seconds(60)))
        server.put(Self.configMap("a", ["k": "1"]))
        server.put(Self.configMap("b"))
        server.put(Self.configMap("b", ["k": "1"]))
        server.delete(.configMaps, namespace: "shop", name: "b")
        server.sendBookmarks()
        server.endWatches()
        var types: [String] = []
        for try await line in watch { types.append(JSONValue(parsing: line)?["type"]?.text ?? "?") }
        #expect(types == ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"])
    }

    @Test func `a watch from a forgotten version ends with an error event`() async throws {
        server.put(Self.configMap("a"))
        server.put(Self.configMap("b"))
        server.compact()
        let watch = try await client.watch(.watch(.configMaps, resourceVersion: "1", timeout: .seconds(60)))
        var events: [JSONValue] = []
        for try await line in watch { events.append(JSONValue(parsing: line) ?? .null) }
        #expect(events.map { $0.at("object", "code") } == [410])
    }

    @Test func `fields applied by us are ours, those of others conflict, and those left out go`() async throws {
        server.put(Self.configMap("a", ["theirs": "1", "shared": "1"]))
        func apply(_ data: JSONValue, force: Bool = false, version: String? = nil) -> APIRequest {
            .apply(.configMaps, namespace: "shop", name: "a", body: Self.configMap("a", data, resourceVersion: version).json, force: force)
        }
        #expect(await code(apply(["shared": "2"])) == .conflict)
        _ = try await send(apply(["shared": "2", "ours": "1"], force: true))
        #expect(await code(apply(["ours": "2"], version: "1")) == .conflict)
        let after = try await send(apply(["shared": "2"]))
        #expect(after["data"] == ["theirs": "1", "shared": "2"])
        #expect(after.at("metadata", "managedFields")?.elements.map { $0["manager"]?.text } == ["certctl", "kubectl"])
    }

    @Test func `the status is written through its subresource alone`() async throws {
        server.put("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop}, spec: {a: b}}")
        let body: JSONValue = [
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "web"], "spec": ["a": "c"],
            "status": ["loadBalancer": ["ingress": [["ip": "192.0.2.1"]]]],
        ]
        let after = try await send(
            .apply(.ingresses, namespace: "shop", name: "web", subresource: "status", body: body.json, force: true))
        #expect(after.at("spec", "a") == "b")
        #expect(after.at("status", "loadBalancer", "ingress")?.elements.count == 1)
        #expect(after.at("metadata", "generation") == 1)
    }

    @Test func `resources of cert-manager come and go`() async throws {
        _ = try await send(.discovery(.certificates))
        server.installCertManager(false)
        #expect(await code(.discovery(.certificates)) == .notFound)
        #expect(await code(.list(.certificates)) == .notFound)
    }

    @Test func `it goes away and comes back on its port`() async throws {
        server.put(Self.configMap("a"))
        _ = try await send(.get(.configMaps, namespace: "shop", name: "a"))
        await server.goAway()
        #expect(await code(.get(.configMaps, namespace: "shop", name: "a")) == .unreachable)
        try await server.comeBack()
        _ = try await send(.get(.configMaps, namespace: "shop", name: "a"))
    }
}
