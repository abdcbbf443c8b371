internal import Manifests
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Requests to the API server") struct APIRequestTests {
    @Test func `paths lead to collections, objects and subresources`() {
        #expect(APIResource.secrets.path() == "/api/v1/secrets")
        #expect(APIResource.secrets.path(namespace: "shop", name: "web-tls") == "/api/v1/namespaces/shop/secrets/web-tls")
        #expect(
            APIResource.ingresses.path(namespace: "shop", name: "web", subresource: "status")
                == "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web/status")
        #expect(APIResource.clusterIssuers.path(name: "le") == "/apis/cert-manager.io/v1/clusterissuers/le")
        #expect(APIResource.secrets.path(namespace: "a/../b", name: "ä") == "/api/v1/namespaces/a%2F..%2Fb/secrets/%C3%A4")
    }

    @Test func `the subject says what is done to which object`() {
        #expect(APIRequest.get(.secrets, namespace: "shop", name: "web-tls").subject == "get secrets shop/web-tls")
        #expect(APIRequest.list(.ingresses).subject == "list ingresses.networking.k8s.io")
        #expect(APIRequest.list(.secrets, namespace: "shop").subject == "list secrets in shop")
        #expect(
            APIRequest.apply(.ingresses, namespace: "shop", name: "web", subresource: "status", body: [], force: true).subject
                == "apply ingresses.networking.k8s.io/status shop/web")
        #expect(APIRequest.discovery(.issuers).subject == "discover cert-manager.io/v1")
        #expect(APIRequest(path: "/version").subject == "GET /version")
    }

    @Test func `a deletion names the object that is meant`() throws {
        #expect(APIRequest.delete(.leases, namespace: "a", name: "b").body == nil)
        let body = try #require(APIRequest.delete(.leases, namespace: "a", name: "b", uid: "u", resourceVersion: "7").body)
        #expect(JSONValue(parsing: body)?["preconditions"] == ["uid": "u", "resourceVersion": "7"])
    }

    @Test func `a watch asks for bookmarks and for its end`() {
        let request = APIRequest.watch(.secrets, fieldSelector: "metadata.name=a", resourceVersion: "5", timeout: .seconds(300))
        #expect(request.query.map(\.name) == ["watch", "allowWatchBookmarks", "fieldSelector", "resourceVersion", "timeoutSeconds"])
        #expect(request.query.last?.value == "300")
    }

    @Test func `statuses and reasons mean what client-go says they mean`() {
        let meanings: [(Int, String?, APIError.Code)] = [
            (400, nil, .badRequest), (401, nil, .unauthorized), (403, nil, .forbidden), (404, nil, .notFound), (405, nil, .badRequest),
            (409, "AlreadyExists", .alreadyExists), (409, "Conflict", .conflict), (409, nil, .conflict), (410, "Expired", .gone),
            (410, "Gone", .gone), (422, "Invalid", .invalid), (429, nil, .tooManyRequests), (500, nil, .serverError),
            (503, nil, .serverError), (504, "Timeout", .timeout), (302, nil, .badResponse), (700, nil, .badResponse),
        ]
        for (status, reason, code) in meanings { #expect(StatusReader.code(status, reason: reason) == code, "\(status) \(reason ?? "")") }
    }

    @Test func `only what may pass by itself is transient`() {
        let transient: Set<APIError.Code> = [.tooManyRequests, .serverError, .timeout, .unreachable, .badResponse]
        for code: APIError.Code in [.notFound, .conflict, .unauthorized, .forbidden, .gone, .configuration, .closed] + transient {
            #expect(APIError(code: code, message: "", subject: "").isTransient == transient.contains(code))
        }
    }

    @Test func `a Status object is read wherever it stands, and nothing else is one`() throws {
        let text = """
            {"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too\\nold",
            "details":{"retryAfterSeconds":3}}}
            """
        let root = try #require(try ManifestReader.documents(in: Array(text.utf8), file: "x.json").first?.get())
        let status = try #require(root["object"].flatMap { APIStatus(from: $0) })
        let error = status.error(subject: "watch secrets")
        #expect(error.code == .gone && error.retryAfter == .seconds(3))
        #expect(error.description == "watch secrets: too old (410 Expired)")
        #expect(APIStatus(from: root) == nil)
        for body in ["", "x", "[]", "{}", "{\"kind\":1}", "null", "{\"kind\":\"Status\""] {
            #expect(APIStatus(json: Array(body.utf8)) == nil, "\(body)")
        }
        let odd = try #require(APIStatus(json: Array("{\"kind\":\"Status\",\"code\":\"x\",\"reason\":7,\"message\":[]}".utf8)))
        #expect(odd.code == 0 && odd.reason == nil && odd.message.isEmpty)
    }
}
