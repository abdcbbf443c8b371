import Core
import FoundationEssentials
import KubernetesAPI
import Store
import Testing

@testable import Issuance

@Suite("Records in Secrets") struct RecordTests {
    private let target = NamespacedName(namespace: "web", name: "shop-tls")

    private var failure: FailureRecord {
        FailureRecord(
            count: 2, first: noon, last: noon.addingTimeInterval(60), nextAttempt: noon.addingTimeInterval(180), message: "no: \"why\"",
            fingerprint: "f")
    }

    @Test func `a record comes back as it was written`() throws {
        let secret = try IssuanceRecord(target: target, failure: failure, updated: noon).secret()
        #expect(secret.metadata.id == NamespacedName(namespace: "web", name: "certctl-order-shop-tls"))
        #expect(secret.metadata.labels["app.kubernetes.io/managed-by"] == "certctl")
        let read = try #require(IssuanceRecord(secret))
        #expect(read.target == target && read.failure == failure && read.updated == noon && read.order == nil)
        #expect(IssuanceRecord.all(in: ObjectSet([.secret(secret)])).keys.map(\.description) == ["web/shop-tls"])
    }

    @Test func `a Secret that is not a record, or not in its place, is none`() throws {
        var secret = try IssuanceRecord(target: target, failure: failure, updated: noon).secret()
        secret.metadata.labels = [:]
        #expect(IssuanceRecord(secret) == nil)
        secret = try IssuanceRecord(target: target, failure: failure, updated: noon).secret()
        secret.metadata.id = NamespacedName(namespace: "elsewhere", name: "certctl-order-shop-tls")
        #expect(IssuanceRecord(secret) == nil)
    }

    @Test func `unreadable parts are left out, the rest counts`() throws {
        var secret = try IssuanceRecord(target: target, failure: failure, updated: noon).secret()
        secret.data["order.json"] = Array("{\"version\":99}".utf8)
        let read = try #require(IssuanceRecord(secret))
        #expect(read.order == nil && read.failure == failure)
    }

    @Test func `a name that is too long for the prefix is hashed`() {
        let length = 240 - "certctl-order-".utf8.count
        let fits = NamespacedName(namespace: "web", name: String(repeating: "a", count: length))
        #expect(IssuanceRecord.secretName(for: fits).name.utf8.count == 240)
        let long = NamespacedName(namespace: "web", name: String(repeating: "a", count: length + 1))
        #expect(IssuanceRecord.secretName(for: long).name.utf8.count == "certctl-order-".utf8.count + 32)
    }

    @Test func `facts are lowerCamelCase JSON without absent fields, and come back`() throws {
        let fact = try World(Make.ingress("a", tls: [(["a.example"], "tls")])).fact()
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(fact)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"failures":0,"hosts":["a.example"],"ingresses":["web/a"],"issuer":"ClusterIssuer/le","namespace":"web","reason":"DoesNotExist","secretName":"tls","state":"pending"}"#
        )
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        #expect(try decoder.decode(CertificateFact.self, from: data) == fact)
    }
}
