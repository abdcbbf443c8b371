import Core
import FoundationEssentials
import HTTPClient
import KubernetesAPI
import Logging
import Manifests
import Store
import Synchronization
import TestKit

@testable import Alerts
@testable import Issuance

/// 1 September 2026, 12:00 UTC.
let noon = Date(timeIntervalSince1970: 1_788_264_000)

func fact(
    _ name: String = "shop-tls", _ hosts: [String] = ["shop.example"], state: CertificateFact.State = .valid, failures: Int = 0,
    _ change: (inout CertificateFact) -> Void = { _ in }
) -> CertificateFact {
    var fact = CertificateFact(namespace: "web", secretName: name, hosts: hosts, ingresses: ["web/shop"], state: state, failures: failures)
    fact.issuer = "ClusterIssuer/letsencrypt"
    change(&fact)
    fact.advise(known: nil, now: noon)
    return fact
}

/// A certificate of a lifetime, of which a fraction is left, that is renewed when a third is left.
func aging(_ name: String = "shop-tls", days: Double = 90, left: Double, state: CertificateFact.State = .valid) -> CertificateFact {
    fact(name, state: state) { fact in
        let lifetime = days * 86_400
        fact.notAfter = noon.addingTimeInterval(lifetime * left)
        fact.notBefore = noon.addingTimeInterval(lifetime * (left - 1))
        fact.renewAt = noon.addingTimeInterval(lifetime * (left - 1.0 / 3))
        fact.lifetimeLeft = min(max(left, 0), 1)
        fact.fingerprint = "aa"
    }
}

func findings(_ facts: [CertificateFact], issuers: [IssuerFact] = [], at now: Date = noon) -> AlertRules.Findings {
    AlertRules.findings(AlertInput(certificates: facts, issuers: issuers, now: now))
}

func receiver(_ spec: String, name: String = "pager") throws -> AlertReceiver {
    let text = """
        apiVersion: certctl.dev/v1alpha1
        kind: AlertReceiver
        metadata: {name: \(name)}
        spec:
        \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        """
    let documents = try ManifestReader.documents(in: Array(text.utf8), file: "alerts.yaml").map { try $0.get() }
    return try AlertReceiverSet(from: documents).receivers[0]
}

func set(_ documents: String, file: String = "alerts.yaml") throws -> AlertReceiverSet {
    try AlertReceiverSet(from: ManifestReader.documents(in: Array(documents.utf8), file: file).map { try $0.get() })
}

/// What a test changes while a controller runs.
final class Scene: Sendable {
    private let state = Mutex<[CertificateFact]?>(nil)

    var facts: [CertificateFact]? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// A leadership that a test gives and takes.
final class TestLeadership: Leadership {
    private struct State {
        var isLeader = false
        var term: UInt64 = 0
        var readers: [AsyncStream<Bool>.Continuation] = []
    }
    private let state = Mutex(State())

    init(_ isLeader: Bool = true) { set(isLeader) }

    func set(_ isLeader: Bool) {
        let readers = state.withLock { state in
            if isLeader, !state.isLeader { state.term += 1 }
            state.isLeader = isLeader
            return state.readers
        }
        for reader in readers { reader.yield(isLeader) }
    }

    func isLeader() -> Bool { state.withLock { $0.isLeader } }
    func term() -> UInt64? { state.withLock { $0.isLeader ? $0.term : nil } }
    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        let isLeader = state.withLock { state in
            state.readers.append(continuation)
            return state.isLeader
        }
        continuation.yield(isLeader)
        return stream
    }
}

/// A controller over a store, with a clock of its own.
final class Bench: Sendable {
    let folder: TemporaryFolder
    let time: ControlledTime
    let scene = Scene()
    let store: FolderStore

    init(folder: TemporaryFolder? = nil, time: ControlledTime = ControlledTime(noon, passing: .zero)) throws {
        let folder = try folder ?? TemporaryFolder("alerts")
        self.folder = folder
        self.time = time
        store = try FolderStore(manifests: nil, state: folder.path + "/state", logger: Logger(label: "test"))
    }

    func controller(leadership: any Leadership = AlwaysLeader(), logger: Logger = Logger(label: "test")) -> AlertController {
        AlertController(store: store, namespace: "certctl-system", leadership: leadership, time: time, logger: logger) { [scene, time] in
            scene.facts.map { AlertInput(certificates: $0, now: time.now()) }
        }
    }

    /// Runs a controller while the body runs.
    func run<Value: Sendable>(_ controller: AlertController, _ body: () async throws -> Value) async throws -> Value {
        let running = Task { await controller.run() }
        do {
            let value = try await body()
            running.cancel()
            await running.value
            return value
        } catch {
            running.cancel()
            await running.value
            throw error
        }
    }

    /// Moves the clock in steps until something holds; false when it does not within this time.
    func advance(_ limit: Duration = .hours(3), by step: Duration = .seconds(5), until holds: () async throws -> Bool) async rethrows
        -> Bool
    {
        var passed = Duration.zero
        while passed <= limit {
            if try await holds() { return true }
            time.advance(by: step)
            passed += step
            // Tasks that were woken act before the next step.
            for _ in 0..<10 {
                try? await Task.sleep(for: .microseconds(200))
                await Task.yield()
            }
        }
        return try await eventually(within: .seconds(2)) { try await holds() }
    }
}

/// Keeps what is logged.
final class LogLines: LogHandler {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}

extension FakeProvider.Request {
    /// The body as JSON.
    var json: Node? { ManifestReader.object(json: body) }
    /// `alertname/status` of each alert of an Alertmanager's webhook.
    var alerts: [String] {
        (try? json?.sequence("alerts").map { "\($0["labels"]?["alertname"]?.text ?? "")/\($0["status"]?.text ?? "")" }) ?? []
    }
}
