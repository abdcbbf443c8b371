import Core
import FoundationEssentials
import HTTPClient
import KubernetesAPI
import Logging
import Manifests
import PKI
import Store
import Synchronization
import TestKit
import Testing

@testable import Alerts

@Suite("One try to deliver")
struct DeliveryTests {
    private let secret = "s3cret-token-value"

    private func notification(_ receiver: AlertReceiver, count: Int = 1, resolved: Bool = false) -> AlertNotification {
        let items = (0..<count).map { index in
            let condition = AlertCondition(
                .expiringSixth, AlertSubject(kind: "Secret", namespace: "web", name: "tls-\(index)"), .warning,
                "the certificate of Secret web/tls-\(index) ends in 1d; mend <it> & \"go\"", details: "the CA's words")
            var record = AlertRecord(condition, since: noon)
            record.startsAt = noon
            if resolved { record.endsAt = noon.addingTimeInterval(60) }
            return AlertNotification.Item(record, record.fingerprint, for: receiver)
        }
        return AlertNotification(groupLabels: ["alertname": "CertificateExpiring"], items: items)
    }

    private func send(
        _ spec: String, to store: any Store, _ notification: (AlertReceiver) -> AlertNotification
    ) async throws -> AlertDelivery.Outcome {
        let receiver = try receiver(spec)
        let delivery = try AlertDelivery(receiver, store: store, namespace: "certctl-system")
        let outcome = await delivery.send(notification(receiver), now: noon)
        await delivery.shutdown()
        return outcome
    }

    @Test func `alertmanager's webhook has every field of version 4`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let outcome = try await send("url: \(server.url)/hook?a=b\nlabels: {cluster: blue}", to: bench.store) { notification($0, count: 2) }
        #expect(outcome == .delivered(status: 200))
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/hook?a=b")
        #expect(request.fields["content-type"] == "application/json")
        let json = try #require(request.json)
        #expect(try json.string("version") == "4")
        #expect(try json.string("status") == "firing")
        #expect(try json.string("receiver") == "pager")
        #expect(try json.int("truncatedAlerts") == 0)
        #expect(try json.string("groupKey")?.contains("CertificateExpiring") == true)
        #expect(try json.stringMap("groupLabels") == ["alertname": "CertificateExpiring"])
        #expect(try json.stringMap("commonLabels")["cluster"] == "blue")
        #expect(try json.stringMap("commonLabels")["secret"] == nil)
        #expect(json["commonAnnotations"] != nil)
        let alerts = try json.mappings("alerts")
        #expect(alerts.count == 2)
        #expect(try alerts[0].string("startsAt") == "2026-09-01T12:00:00Z")
        #expect(try alerts[0].string("endsAt") == "0001-01-01T00:00:00Z")
        #expect(try alerts[0].string("fingerprint")?.count == 16)
        #expect(try alerts[0].stringMap("annotations")["description"] == "the CA's words")
        #expect(try alerts[0].stringMap("labels")["cluster"] == "blue")
    }

    @Test func `an end is told with its time, in each format`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        for format in AlertReceiver.Format.allCases {
            _ = try await send("url: \(server.url)/\nformat: \(format.rawValue)", to: bench.store) { notification($0, resolved: true) }
        }
        let texts = server.requests.map(\.text)
        #expect(texts.count == 4)
        #expect(texts[0].contains("\"status\":\"resolved\"") && texts[0].contains("\"endsAt\":\"2026-09-01T12:01:00Z\""))
        #expect(texts[1].hasPrefix("[{") && texts[1].contains("\"endsAt\":\"2026-09-01T12:01:00Z\""))
        #expect(texts[2].contains("1 resolved") && texts[2].contains("\"color\":\"good\""))
        #expect(texts[3].contains("certctl.dev/alerts/v1") && texts[3].contains("\"endsAt\":\"2026-09-01T12:01:00Z\""))
    }

    @Test func `slack gets what it can show, with its own characters escaped`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .answer(status: 200, body: "ok") }
        _ = try await send("url: \(server.url)/services/T0/B0/x\nformat: slack", to: bench.store) { notification($0, count: 1000) }
        let json = try #require(server.requests.first?.json)
        #expect(try json.string("text") == "certctl: CertificateExpiring (1000 firing); 990 more than shown here")
        let attachments = try json.mappings("attachments")
        #expect(attachments.count == SlackMessage.shownMax)
        #expect(try attachments[0].string("text")?.contains("&lt;it&gt; &amp;") == true)
    }

    @Test func `a thousand alerts are one body`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        _ = try await send("url: \(server.url)/", to: bench.store) { notification($0, count: 1000) }
        #expect(server.requests.count == 1)
        #expect(server.requests.first?.alerts.count == 1000)
    }

    @Test func `who we are comes from Secrets, and the body is signed`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        try await bench.store.put(
            Secret(
                metadata: ObjectMeta(namespace: "certctl-system", name: "hooks"),
                data: [
                    "token": Array("\(secret)\n".utf8), "key": Array("signing".utf8), "url": Array("\(server.url)/\(secret)\n".utf8),
                ]), expecting: .any)
        let spec = """
            urlSecretRef: {name: hooks, key: url}
            bearerTokenSecretRef: {name: hooks, key: token}
            signingSecretRef: {name: hooks, key: key}
            """
        #expect(try await send(spec, to: bench.store) { notification($0) } == .delivered(status: 200))
        let request = try #require(server.requests.first)
        #expect(request.fields["authorization"] == "Bearer \(secret)")
        #expect(request.target == "/\(secret)")
        let signature = try AlertSignature.value(body: request.body, key: SecretBytes(Array("signing".utf8)), at: noon)
        #expect(request.fields["x-certctl-signature"] == signature)
        #expect(!request.text.contains(secret))
        let basic = "url: \(server.url)/\nbasicAuth: {username: certctl, passwordSecretRef: {name: hooks, key: token}}"
        _ = try await send(basic, to: bench.store) { notification($0) }
        #expect(server.requests.last?.fields["authorization"] == "Basic " + Data("certctl:\(secret)".utf8).base64EncodedString())
    }

    @Test func `a Secret that is missing or empty is named`() async throws {
        let bench = try Bench()
        let spec = "url: http://127.0.0.1:1/\nbearerTokenSecretRef: {name: hooks, key: token}"
        #expect(
            try await send(spec, to: bench.store) { notification($0) }
                == .failed("Secret certctl-system/hooks does not exist", retryAfter: nil))
        try await bench.store.put(
            Secret(metadata: ObjectMeta(namespace: "certctl-system", name: "hooks"), data: ["token": []]), expecting: .any)
        #expect(
            try await send(spec, to: bench.store) { notification($0) }
                == .failed("Secret certctl-system/hooks has no entry token, or an empty one", retryAfter: nil))
        try await bench.store.put(
            Secret(metadata: ObjectMeta(namespace: "certctl-system", name: "hooks"), data: ["token": Array("a\nb".utf8)]), expecting: .any)
        guard case .failed(let why, _) = try await send(spec, to: bench.store, { notification($0) }) else {
            Issue.record("a token with a line break was sent")
            return
        }
        #expect(why.contains("is not one line of text"))
    }

    @Test func `failures are told without secrets`() async throws {
        let bench = try Bench()
        let answers = Mutex<[FakeProvider.Answer]>([
            .answer(status: 500, body: "no, s3cret-token-value is wrong"),
            .answer(status: 301, fields: ["Location": "https://evil.example/s3cret-token-value"], body: ""),
            .close, .stall, .answer(status: 429, fields: ["Retry-After": "120"], body: ""), .raw("nonsense\r\n\r\n"),
        ])
        let server = try FakeProvider { _ in answers.withLock { $0.removeFirst() } }
        try await bench.store.put(
            Secret(
                metadata: ObjectMeta(namespace: "certctl-system", name: "hooks"),
                data: ["token": Array(secret.utf8), "url": Array("\(server.url)/\(secret)".utf8)]), expecting: .any)
        let spec = "urlSecretRef: {name: hooks, key: url}\nbearerTokenSecretRef: {name: hooks, key: token}\ntimeout: 1s"
        var words: [String] = []
        for _ in 0..<6 {
            guard case .failed(let why, let retryAfter) = try await send(spec, to: bench.store, { notification($0) }) else {
                Issue.record("a failure was taken for a delivery")
                return
            }
            #expect(!why.contains(secret), "\(why)")
            #expect((retryAfter == .seconds(120)) == why.contains("429"))
            words.append(why)
        }
        #expect(words[0] == "answered 500: no, [redacted] is wrong")
        #expect(words[1] == "answered 301 to https://evil.example; redirects are not followed, name the right URL")
        #expect(words[3].contains("within 1.0 seconds") || words[3].contains("no byte"), "\(words[3])")
        #expect(server.requests.allSatisfy { $0.fields["authorization"] == "Bearer \(secret)" })
    }

    @Test func `a receiver that may be anywhere is not in this network`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        guard case .failed = try await send("url: \(server.url)/\npublicAddressesOnly: true", to: bench.store, { notification($0) }) else {
            Issue.record("a private address was connected to")
            return
        }
        #expect(server.requests.isEmpty)
    }
}
