import Core
import KubernetesAPI
import KubernetesClient
import Manifests
import Testing

@testable import ClusterStore

@Suite("How a Secret is written, Kubernetes server-side apply") struct ObjectWriteTests {
    static func live(_ data: String, applied: [String], created: [String] = [], labels: String = "") throws -> LiveObject {
        func fields(_ names: [String]) -> String { names.map { "\"f:\($0)\":{}" }.joined(separator: ",") }
        let json = """
            {"metadata":{"uid":"u","resourceVersion":"5","labels":{\(labels)},"managedFields":[
            {"manager":"certctl","operation":"Apply","fieldsV1":{"f:data":{\(fields(applied))},"f:metadata":{"f:labels":{"f:mine":{}}}}},
            {"manager":"certctl","operation":"Update","fieldsV1":{"f:data":{\(fields(created))}}},
            {"manager":"argo","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{"f:theirs":{}}}}}]},"type":"Opaque","data":{\(data)}}
            """
        guard case .success(let root)? = ManifestReader.documents(in: Array(json.utf8), file: "x.json").first else {
            throw ManifestError(file: "", document: 1, line: 1, column: 1, message: json)
        }
        return try LiveObject(from: root)
    }

    static func object(_ data: [String: String], labels: [String: String] = [:]) -> WrittenObject {
        WrittenObject(
            Secret(
                metadata: ObjectMeta(namespace: "shop", name: "a", labels: labels), data: data.mapValues { Array($0.utf8) }))
    }

    static func body(_ request: APIRequest) -> String { String(decoding: request.body ?? [], as: UTF8.self) }

    @Test func `a change is applied with force and a precondition`() throws {
        let request = ObjectWrite.change(try Self.live(#""k":"YQ==""#, applied: ["k"]), to: Self.object(["k": "b"]))
        #expect(request.contentType == APIRequest.MediaType.apply)
        #expect(request.query.contains { $0 == ("force", "true") } && request.query.contains { $0 == ("fieldManager", "certctl") })
        #expect(
            Self.body(request)
                == #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"shop","resourceVersion":"5","uid":"u"},"#
                + #""type":"Opaque","data":{"k":"Yg=="}}"#)
    }

    @Test func `what others own and we leave as it is does not become ours`() throws {
        let live = try Self.live(#""k":"YQ==""#, applied: ["k"], labels: #""theirs":"1","mine":"1""#)
        let request = ObjectWrite.change(live, to: Self.object(["k": "a"], labels: ["theirs": "1", "mine": "1", "new": "2"]))
        #expect(Self.body(request).contains(#""labels":{"mine":"1","new":"2"}"#))
        let other = ObjectWrite.change(live, to: Self.object(["k": "a"], labels: ["theirs": "2", "mine": "1"]))
        #expect(Self.body(other).contains(#""labels":{"mine":"1","theirs":"2"}"#))
    }

    @Test func `an entry that we applied goes by not being applied again`() throws {
        let request = ObjectWrite.change(try Self.live(#""k":"YQ==","old":"YQ==""#, applied: ["k", "old"]), to: Self.object(["k": "a"]))
        #expect(request.contentType == APIRequest.MediaType.apply)
        #expect(!Self.body(request).contains("old"))
    }

    @Test func `an entry that we created, or that is another's, goes by a merge patch with the same precondition`() throws {
        let live = try Self.live(#""k":"YQ==","old":"YQ==""#, applied: [], created: ["k", "old"])
        let request = ObjectWrite.change(live, to: Self.object(["k": "b"]))
        #expect(request.contentType == APIRequest.MediaType.mergePatch)
        #expect(Self.body(request).contains(#""resourceVersion":"5""#))
        #expect(Self.body(request).contains(#""data":{"k":"Yg==","old":null}"#))
    }

    @Test func `ours is what has our label, or cert-manager's Secret of that name`() throws {
        let key = ObjectKey(kind: .secret, name: .shop("a"))
        func isWritable(_ type: String, _ metadata: String) throws -> Bool {
            let json = #"{"metadata":{"uid":"u","resourceVersion":"5",\#(metadata)},"type":"\#(type)"}"#
            guard case .success(let root)? = ManifestReader.documents(in: Array(json.utf8), file: "x.json").first else { return false }
            return try LiveObject(from: root).isWritable(as: key)
        }
        #expect(try isWritable("Opaque", #""labels":{"app.kubernetes.io/managed-by":"certctl"}"#))
        #expect(try isWritable("kubernetes.io/tls", #""annotations":{"cert-manager.io/certificate-name":"a"}"#))
        #expect(try !isWritable("kubernetes.io/tls", #""annotations":{"cert-manager.io/certificate-name":"b"}"#))
        #expect(try !isWritable("Opaque", #""annotations":{"cert-manager.io/certificate-name":"a"}"#))
        #expect(try !isWritable("kubernetes.io/tls", #""labels":{"app.kubernetes.io/managed-by":"Helm"}"#))
    }

    @Test(arguments: ["{}", #"{"metadata":{"uid":"u"}}"#, #"{"metadata":{"managedFields":7}}"#, "[]"])
    func `an answer without identity is refused`(_ json: String) throws {
        guard case .success(let root)? = ManifestReader.documents(in: Array(json.utf8), file: "x.json").first else { return }
        #expect(throws: ManifestError.self) { try LiveObject(from: root) }
    }
}
