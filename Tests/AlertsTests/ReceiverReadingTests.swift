import Core
import FoundationEssentials
import Manifests
import PKI
import Testing

@testable import Alerts

@Suite("Documents of kind AlertReceiver")
struct ReceiverReadingTests {
    @Test func `the least is a URL`() throws {
        let receiver = try receiver("url: https://hooks.example/alerts")
        #expect(receiver.name == "pager")
        #expect(receiver.format == .alertmanager)
        #expect(receiver.severityMin == .warning)
        #expect(receiver.groupBy == ["alertname"])
        #expect(receiver.groupWait == .seconds(30))
        #expect(receiver.groupInterval == .minutes(5))
        #expect(receiver.repeatInterval == .hours(4))
        #expect(receiver.sendsResolved)
        #expect(receiver.timeout == .seconds(10))
        #expect(!receiver.publicAddressesOnly)
        #expect(receiver.place == "alerts.yaml:1")
    }

    @Test func `every field is read`() throws {
        let receiver = try receiver(
            """
            urlSecretRef: {name: hooks, key: url}
            format: slack
            minSeverity: info
            namespaces: [web, shop]
            groupBy: [namespace, severity]
            groupWait: 0s
            groupInterval: 1m
            repeatInterval: 24h
            sendResolved: false
            labels: {cluster: blue}
            basicAuth: {username: certctl, passwordSecretRef: {name: hooks, key: password}}
            signingSecretRef: {name: hooks, key: signing}
            publicAddressesOnly: true
            timeout: 5s
            """)
        #expect(receiver.address == .secret(.init(name: "hooks", key: "url")))
        #expect(receiver.format == .slack)
        #expect(receiver.severityMin == .info)
        #expect(receiver.namespaces == ["web", "shop"])
        #expect(receiver.groupBy == ["namespace", "severity"])
        #expect(receiver.groupWait == .zero)
        #expect(receiver.groupInterval == .minutes(1))
        #expect(receiver.repeatInterval == .hours(24))
        #expect(!receiver.sendsResolved)
        #expect(receiver.labels == ["cluster": "blue"])
        #expect(receiver.authorization == .basic(username: "certctl", password: .init(name: "hooks", key: "password")))
        #expect(receiver.signingKey == .init(name: "hooks", key: "signing"))
        #expect(receiver.publicAddressesOnly)
        #expect(receiver.timeout == .seconds(5))
    }

    @Test(arguments: [
        ("format: slack", "spec.url: the field is missing"),
        ("url: ftp://x.example", "spec.url: not an absolute http or https URL"),
        ("url: https://user:pass@x.example/", "spec.url: the URL has a name or a password"),
        ("url: \"https://x.example/ a\"", "spec.url: the URL has a byte"),
        ("url: https://x.example/#a", "spec.url: the URL has a fragment"),
        ("url: https://x.example\nurlSecretRef: {name: a, key: b}", "spec.urlSecretRef: url is there as well"),
        ("url: https://x.example\nurl2: x", "unknown field \"url2\""),
        ("url: https://x.example\nformat: teams", "spec.format: got \"teams\", allowed are alertmanager, alertmanager-api, slack, generic"),
        ("url: https://x.example\nminSeverity: bad", "allowed are info, warning, critical"),
        ("url: https://x.example\nnamespaces: []", "spec.namespaces: the list is empty"),
        ("url: https://x.example\ngroupBy: [pod]", "got \"pod\", allowed are"),
        ("url: https://x.example\ngroupBy: [secret, secret]", "\"secret\" is listed twice"),
        ("url: https://x.example\ngroupWait: 2h", "allowed are durations such as 5m, from 0s to 1h"),
        ("url: https://x.example\nrepeatInterval: 5", "expected a string, got a whole number"),
        ("url: https://x.example\nlabels: {severity: low}", "the label \"severity\" cannot be used"),
        ("url: https://x.example\nlabels: {a-b: low}", "the label \"a-b\" cannot be used"),
        ("url: https://x.example\nbearerTokenSecretRef: {name: a, key: b}\nbasicAuth: {username: x}", "one of them is to go"),
        ("url: https://x.example\nbearerTokenSecretRef: {name: a}", "spec.bearerTokenSecretRef.key: the field is missing"),
        ("url: https://x.example\nbasicAuth: {username: 'a:b', passwordSecretRef: {name: a, key: b}}", "without a colon"),
        ("url: https://x.example\ncaBundle: '!!'", "spec.caBundle: neither PEM nor PEM in base64"),
        ("url: https://x.example\ncaBundle: aGVsbG8=", "spec.caBundle: no PEM certificate"),
        ("url: https://x.example\nsigningSecretRef:", "the field has no value"),
    ])
    func `what is wrong is said with file, line and field`(spec: String, words: String) throws {
        let error = #expect(throws: ManifestError.self) { try receiver(spec) }
        let text = error?.description ?? ""
        #expect(text.contains(words), "\(text)")
        #expect(text.hasPrefix("alerts.yaml, document 1, line "), "\(text)")
    }

    @Test func `a name is used once, and there is a limit`() throws {
        func documents(_ names: [String]) -> String {
            names.map {
                "apiVersion: certctl.dev/v1alpha1\nkind: AlertReceiver\nmetadata: {name: \($0)}\nspec: {url: 'https://x.example'}\n"
            }.joined(separator: "---\n")
        }
        let error = #expect(throws: ManifestError.self) { try set(documents(["a", "b", "a"])) }
        #expect(error?.description.contains("AlertReceiver a is also at alerts.yaml:1") == true)
        let names = (0..<AlertLimits.receiversMax).map { "r\($0)" }
        #expect(try set(documents(names)).receivers.count == AlertLimits.receiversMax)
        #expect(throws: ManifestError.self) { try set(documents(names + ["more"])) }
        #expect(try set("kind: IssuancePolicy\n").receivers.isEmpty)
    }

    @Test func `signatures are what openssl makes of the same bytes`() throws {
        // printf '1788264000.{}' | openssl dgst -sha256 -hmac key
        let value = try AlertSignature.value(body: Array("{}".utf8), key: SecretBytes(Array("key".utf8)), at: noon)
        #expect(value == "t=1788264000,v1=10a8dc7efd08babb68499e68be3c83e76ad22e7c19c2ca0c9f8e3de4b16a28ca")
    }
}
