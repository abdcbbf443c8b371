import Core
import FoundationEssentials
import HTTPClient
import Issuance
import Manifests
import TestKit
import Testing

@testable import Alerts

enum AlertmanagerProgram {
    /// Debian's package calls it so.
    static let path: String? = ["prometheus-alertmanager", "alertmanager"].lazy.compactMap { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }.first
}

@Suite("A real Alertmanager", .enabled(if: AlertmanagerProgram.path != nil, "prometheus-alertmanager is not installed"))
struct AlertmanagerTests {
    private func alerts(_ url: String) async throws -> [Node] {
        let client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let response = try? await client.send(HTTPRequest(url: url + "/api/v2/alerts"), bodyBytesMax: 1 << 22)
        await client.shutdown()
        guard let response, response.status == 200,
            let root = try ManifestReader.documents(in: response.body, file: "alerts.json").first?.get()
        else { return [] }
        return root.elements
    }

    private func isUp(_ url: String) async -> Bool {
        guard let client = try? HTTPClient(HTTPClient.Configuration(proxy: .direct)) else { return false }
        let response = try? await client.send(HTTPRequest(url: url + "/-/ready"), bodyBytesMax: 1 << 16)
        await client.shutdown()
        return response?.status == 200
    }

    @Test func `takes alerts and their end, gives them our fingerprints, and its own webhook looks like ours`() async throws {
        // A little behind the Alertmanager's own clock, so that what has ended here has ended there.
        let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 300).rounded())
        let bench = try Bench(time: ControlledTime(start, passing: .zero))
        let folder = try TemporaryFolder("alertmanager")
        let hook = try FakeProvider { _ in .json("{}") }
        try folder.write(
            """
            route: {receiver: hook, group_by: [alertname], group_wait: 1ms, group_interval: 10ms}
            receivers: [{name: hook, webhook_configs: [{url: '\(hook.url)/theirs'}]}]
            """, to: "config.yml")
        let port = try FreePort.one()
        let process = try ChildProcess(
            [
                try #require(AlertmanagerProgram.path), "--config.file=\(folder.path)/config.yml", "--storage.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
            ], log: folder.path + "/log")
        let url = "http://127.0.0.1:\(port)"
        let controller = bench.controller()
        let set = try set(
            """
            apiVersion: certctl.dev/v1alpha1
            kind: AlertReceiver
            metadata: {name: direct}
            spec: {url: '\(url)/api/v2/alerts', format: alertmanager-api, labels: {cluster: blue}}
            ---
            apiVersion: certctl.dev/v1alpha1
            kind: AlertReceiver
            metadata: {name: ours}
            spec: {url: '\(hook.url)/ours', labels: {cluster: blue}}
            """)
        await controller.adopt(set)
        #expect(await eventually(within: .seconds(30)) { await isUp(url) }, "\(process.output)")
        func lasting(_ left: Double) -> [CertificateFact] {
            let shift = bench.time.now().timeIntervalSince(noon)
            return [aging(left: left), aging("api-tls", left: left)].map { fact in
                var fact = fact
                fact.notBefore = fact.notBefore?.addingTimeInterval(shift)
                fact.notAfter = fact.notAfter?.addingTimeInterval(shift)
                fact.renewAt = fact.renewAt?.addingTimeInterval(shift)
                return fact
            }
        }
        bench.scene.facts = lasting(0.1)
        try await bench.run(controller) {
            #expect(await bench.advance(.minutes(1)) { (try? await alerts(url).count) == 2 }, "\(process.output)")
            let taken = try await alerts(url)
            let stored = await bench.stored()
            #expect(stored.count == 2)
            let expected = stored.map { $0.labels.adding(["cluster": "blue"]).fingerprint }
            #expect(Set(try taken.map { try $0.requiredString("fingerprint") }) == Set(expected))
            #expect(try taken.allSatisfy { try $0.mapping("annotations")?.string("summary")?.contains("Secret web/") == true })
            #expect(await eventually { hook.requests.contains { $0.path == "/theirs" } })
            #expect(await bench.advance(.minutes(1)) { hook.requests.contains { $0.path == "/ours" } })
            let theirs = try #require(hook.requests.last { $0.path == "/theirs" }?.json)
            let ours = try #require(hook.requests.last { $0.path == "/ours" }?.json)
            #expect(Set(theirs.entries.map(\.key.text)) == Set(ours.entries.map(\.key.text)))
            let (their, our) = (try #require(try theirs.mappings("alerts").first), try #require(try ours.mappings("alerts").first))
            #expect(Set(their.entries.map(\.key.text)) == Set(our.entries.map(\.key.text)))
            for name in ["version", "status"] { #expect(try theirs.string(name) == ours.string(name)) }
            for name in ["groupLabels", "commonLabels"] { #expect(try theirs.stringMap(name) == ours.stringMap(name)) }
            let pairs = { (node: Node) throws in
                Set(
                    try node.mappings("alerts").map {
                        "\(try $0.requiredString("fingerprint")) \(try $0.stringMap("labels").sorted { $0.key < $1.key })"
                    })
            }
            #expect(try pairs(theirs) == pairs(ours))
            bench.scene.facts = lasting(0.04)
            await controller.evaluate()
            func thresholds() async -> [String] {
                ((try? await alerts(url)) ?? []).compactMap { $0["labels"]?["threshold"]?.text }.sorted()
            }
            #expect(await bench.advance(.minutes(2)) { await thresholds() == ["1/20", "1/20"] }, "those of before are over")
        }
    }
}
