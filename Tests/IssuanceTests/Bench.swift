import ACME
import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import Logging
import PKI
import Policies
import Routing
import Store
import Synchronization
import TestKit
import Testing

@testable import Issuance

/// A folder with manifests and state, and one "process" after the other that works on it.
final class Bench: Sendable {
    private let temporary: TemporaryFolder
    let time: ControlledTime
    let ca: FakeCA
    let transports: FakeTransports
    let web: WebServer
    let log = LogCapture()
    private let process = Mutex<Process?>(nil)

    /// What a restart replaces.
    private struct Process: Sendable {
        let store: FolderStore
        let controller: IssuanceController
        let tasks: [Task<Void, Never>]
    }

    init(
        time: ControlledTime = ControlledTime(noon), caSettings: FakeCA.Settings = FakeCA.Settings(),
        txt: (@Sendable (_ name: String) async -> [String])? = nil
    ) throws {
        temporary = try TemporaryFolder("certctl-issuance")
        try FileManager.default.createDirectory(atPath: temporary.path + "/manifests", withIntermediateDirectories: true)
        self.time = time
        let web = WebServer()
        self.web = web
        var probes = FakeCA.Probes()
        probes.txt = txt
        probes.tlsALPN01 = { host in web.hosts[host].map { sha256(Array($0.utf8)) } }
        ca = try FakeCA(settings: caSettings, time: time, probes: probes) { host, token in web.answer(host, token) }
        transports = FakeTransports(ca: ca)
    }

    var folder: String { temporary.path }

    // MARK: The user's side

    /// Writes a manifest, atomically.
    func write(_ name: String, _ documents: String...) throws {
        try temporary.write(documents.joined(separator: "\n---\n"), to: "manifests/" + name)
    }

    /// Puts a Secret into the state folder while no process runs.
    func plant(_ secret: Secret) async throws {
        let store = try FolderStore(manifests: nil, state: folder + "/state", logger: log.logger)
        try await store.put(secret, expecting: .any)
        await store.shutdown()
    }

    // MARK: The process

    /// Starts a process; it dies as the fate says.
    func start(
        _ fate: Fate = Fate(), settings: IssuanceSettings = IssuanceSettings(), dns: (any IssuanceDNS)? = nil,
        selfCheck: SelfCheck? = nil, revocation: RevocationChecker? = nil
    ) throws {
        let folderStore = try FolderStore(
            manifests: folder + "/manifests", state: folder + "/state", ignoring: [], logger: log.logger)
        let store = MortalStore(folderStore, fate)
        transports.setFate(fate)
        let web = web
        web.clear()
        let controller = IssuanceController(
            store: store, settings: settings, ingressClasses: IngressClassPolicy(), transports: transports, time: time,
            logger: log.logger, policies: .permissive, dns: dns, selfCheck: selfCheck, revocation: revocation
        ) { web.publish($0) }
        let time = time
        let feed = Task {
            do {
                var catalog = try CertificateCatalog(policy: IngressClassPolicy(), now: time.now())
                for await update in folderStore.updates() {
                    _ = catalog.apply(update, now: time.now())
                    await controller.handle(update, certificates: catalog.verdicts(for: update))
                }
            } catch { Issue.record("\(error)") }
        }
        let run = Task { await controller.run() }
        process.withLock { $0 = Process(store: folderStore, controller: controller, tasks: [feed, run]) }
    }

    /// Ends the process. What it had not made durable is gone.
    func stop() async {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let process else { return }
        for task in process.tasks { task.cancel() }
        for task in process.tasks { await task.value }
        await process.store.shutdown()
        web.clear()
    }

    var controller: IssuanceController {
        get throws { try #require(process.withLock { $0?.controller }, "no process runs") }
    }

    /// Lets time pass as it does for a process that sleeps: from one wake-up to the next, until the timer is set again after each.
    func passTime(until end: Date) async throws {
        // A process that has only just started has not set its timer yet; moved now, the clock would leave it behind.
        try await timerSet()
        while let next = time.nextDeadline, next <= end {
            time.advance(to: next)
            try await timerSet()
        }
        time.advance(to: end)
        try await timerSet()
    }

    private func timerSet() async throws {
        for _ in 0..<5000 {
            if let next = time.nextDeadline, next > time.now() { return }
            try await Task.sleep(for: .microseconds(200))
        }
    }

    // MARK: What can be seen

    func fact(_ name: String = "tls") async throws -> CertificateFact? { try await controller.facts().first { $0.secretName == name } }

    /// Waits until a fact is as wanted.
    @discardableResult
    func fact(
        _ name: String = "tls", until isWanted: (CertificateFact) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CertificateFact {
        var last: CertificateFact?
        for _ in 0..<12000 {
            last = try await fact(name)
            if let last, isWanted(last) { return last }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("not so within 60 s: \(String(describing: last))", sourceLocation: sourceLocation)
        throw CancellationError()
    }

    @discardableResult
    func valid(_ name: String = "tls", sourceLocation: SourceLocation = #_sourceLocation) async throws -> CertificateFact {
        try await fact(name, until: { $0.state == .valid }, sourceLocation: sourceLocation)
    }

    /// Waits for anything else.
    func eventually(_ sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool) async throws {
        try #require(await TestKit.eventually(within: .minutes(4), condition), sourceLocation: sourceLocation)
    }

    /// The bytes of a state file; nil if there is none.
    func stored(_ name: String, namespace: String = "web") -> [UInt8]? {
        FileManager.default.contents(atPath: "\(folder)/state/secrets/\(namespace)/\(name).yaml").map { Array($0) }
    }

    /// The names of the state files in a namespace.
    func storedNames(namespace: String = "web") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/state/secrets/\(namespace)")) ?? []).sorted()
    }

    /// A Secret of the state folder as another process reads it.
    func storedSecret(_ name: String, namespace: String = "web") async throws -> Secret? {
        let store = try FolderStore(manifests: nil, state: folder + "/state", readOnly: true, logger: log.logger)
        let secret = try await store.secret(NamespacedName(namespace: namespace, name: name))
        await store.shutdown()
        return secret
    }

    /// The exit status of `openssl verify` with the Secret's own `ca.crt`, at the bench's time.
    func openssl(verifies secret: Secret, host: String) async throws -> Int32 {
        for entry in ["ca.crt", "tls.crt"] {
            try temporary.write(String(decoding: secret.data[entry] ?? [], as: UTF8.self), to: entry)
        }
        let seconds = Int(time.now().timeIntervalSince1970)
        return try await ChildProcess.run(
            [
                "openssl", "verify", "-attime", "\(seconds)", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host, "-CAfile",
                folder + "/ca.crt", folder + "/tls.crt",
            ], in: temporary
        ).status
    }

    func keyPair(_ name: String = "tls") async throws -> TLSKeyPair {
        let secret = try #require(try await storedSecret(name))
        return try TLSKeyPair(certificatePEM: secret.data["tls.crt"] ?? [], privateKeyPEM: secret.data["tls.key"] ?? [])
    }
}

/// What the proxy would answer on port 80.
final class WebServer: Sendable {
    private struct State {
        var tokens: [String: String] = [:]
        var hosts: [String: String] = [:]
        var asked: [String] = []
        var seen: Set<String> = []
    }

    private let state = Mutex(State())

    func publish(_ answers: ChallengeAnswers) {
        let tokens = answers.http01
        state.withLock {
            $0.tokens = tokens
            $0.hosts = answers.tlsALPN01
            $0.seen.formUnion(tokens.keys)
            $0.seen.formUnion(tokens.values)
        }
    }

    func clear() {
        state.withLock {
            $0.tokens = [:]
            $0.hosts = [:]
        }
    }

    func answer(_ host: String, _ token: String) -> String? {
        state.withLock {
            $0.asked.append(host)
            return $0.tokens[token]
        }
    }

    /// Key authorizations by host, for tls-alpn-01.
    var hosts: [String: String] { state.withLock { $0.hosts } }
    var tokens: [String: String] { state.withLock { $0.tokens } }
    var asked: [String] { state.withLock { $0.asked } }
    /// Every token and key authorization that was ever published.
    var seen: Set<String> { state.withLock { $0.seen } }
}

/// The moment at which a process dies: the n-th thing that it does to the outside world, before or after it takes effect.
final class Fate: Sendable {
    private struct State {
        var left: Int?
        var done = 0
        var isDead = false
    }

    private let state: Mutex<State>
    /// What happens to a Secret after it was written, and before the process is told so.
    let written: (@Sendable (NamespacedName) async -> Void)?

    /// Lives for ever, or for this many half steps.
    init(after halfSteps: Int? = nil, written: (@Sendable (NamespacedName) async -> Void)? = nil) {
        state = Mutex(State(left: halfSteps))
        self.written = written
    }

    var isDead: Bool { state.withLock { $0.isDead } }
    var halfSteps: Int { state.withLock { $0.done } }

    /// One half step; false once the process is dead.
    func step() -> Bool {
        state.withLock { state in
            guard !state.isDead else { return false }
            state.done += 1
            if let left = state.left {
                if left == 0 { state.isDead = true }
                state.left = left - 1
            }
            return !state.isDead
        }
    }
}

/// A store whose process may die around any write.
struct MortalStore: Store {
    let store: FolderStore
    let fate: Fate

    init(_ store: FolderStore, _ fate: Fate) {
        self.store = store
        self.fate = fate
    }

    private func step() throws(StoreError) {
        guard fate.step() else { throw StoreError(.closed, subject: "store", reason: "the process is dead") }
    }

    func updates() -> AsyncStream<StoreUpdate> { store.updates() }

    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try step()
        let version = try await store.put(secret, expecting: condition)
        await fate.written?(secret.metadata.id)
        try step()
        return version
    }

    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try await store.put(configMap, expecting: condition)
    }

    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try step()
        try await store.deleteSecret(name, expecting: condition)
        try step()
    }

    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await store.deleteConfigMap(name, expecting: condition)
    }

    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? {
        if fate.isDead { throw StoreError(.closed, subject: "store", reason: "the process is dead") }
        return try await store.secret(name)
    }

    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { try await store.configMap(name) }
}

/// Connections to the fake CA, which break when the process dies.
final class FakeTransports: ACMETransportFactory {
    private struct State {
        var fate = Fate()
        var opened: [ACMETransportConfiguration] = []
        var closed: [ACMETransportConfiguration] = []
        var isDown = false
        var renewal: (window: RenewalWindow, asked: Int)?
        var caaIdentities: [String] = []
        var elsewhere = 0
        var newOrders: [String] = []
        var isHeld = false
    }

    private let ca: FakeCA
    private let state = Mutex(State())

    init(ca: FakeCA) { self.ca = ca }

    func setFate(_ fate: Fate) { state.withLock { $0.fate = fate } }
    /// Lets requests wait.
    func hold() { state.withLock { $0.isHeld = true } }
    /// Lets them go on.
    func release() { state.withLock { $0.isHeld = false } }
    /// Lets the CA say when to renew.
    func setRenewal(_ window: RenewalWindow) { state.withLock { $0.renewal = (window, $0.renewal?.asked ?? 0) } }
    /// Lets the directory say what the CA calls itself in CAA records.
    func setIdentities(_ identities: [String]) { state.withLock { $0.caaIdentities = identities } }
    /// How often it was asked.
    var renewalsAsked: Int { state.withLock { $0.renewal?.asked ?? 0 } }
    /// Requests to CAs that do not answer: all but `ca.test`.
    var elsewhere: Int { state.withLock { $0.elsewhere } }
    /// What newOrder was sent.
    var newOrders: [String] { state.withLock { $0.newOrders } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
    var opened: [ACMETransportConfiguration] { state.withLock { $0.opened } }
    var closed: [ACMETransportConfiguration] { state.withLock { $0.closed } }

    func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport {
        state.withLock { $0.opened.append(configuration) }
        return OpenACMETransport(Connection(factory: self, ca: ca)) { [self] in
            state.withLock { $0.closed.append(configuration) }
        }
    }

    private static let renewalURL = "https://ca.test/renewalInfo"

    /// RFC 9773 §4.2.
    private func renewalAnswer(_ request: ACMEHTTPRequest) -> ACMEHTTPResponse? {
        guard request.url.hasPrefix(Self.renewalURL + "/") else { return nil }
        return state.withLock { state in
            state.renewal?.asked += 1
            guard let window = state.renewal?.window else { return ACMEHTTPResponse(status: 404) }
            let body = """
                {"suggestedWindow": {"start": "\(window.start.formatted(.iso8601))", "end": "\(window.end.formatted(.iso8601))"},
                "explanationURL": "\(window.explanationURL ?? "")"}
                """
            return ACMEHTTPResponse(
                status: 200, headers: [("Content-Type", "application/json"), ("Retry-After", "21600")], body: Array(body.utf8))
        }
    }

    /// The directory with what a test wants it to say: where renewal information is (RFC 9773 §4.1), what the CA calls itself.
    private func edited(_ response: ACMEHTTPResponse) -> ACMEHTTPResponse {
        let (offersRenewalInfo, identities) = state.withLock { ($0.renewal != nil, $0.caaIdentities) }
        var text = String(decoding: response.body, as: UTF8.self).replacing("\"renewalInfo\":", with: "\"elsewhere\":")
        if offersRenewalInfo { text = "{\"renewalInfo\":\"\(Self.renewalURL)\"," + text.dropFirst() }
        let quoted = identities.map { "\"\($0)\"" }.joined(separator: ",")
        if !identities.isEmpty { text = text.replacing("\"meta\":{", with: "\"meta\":{\"caaIdentities\":[\(quoted)],") }
        return ACMEHTTPResponse(status: response.status, headers: response.headers, body: Array(text.utf8))
    }

    private func note(_ request: ACMEHTTPRequest) {
        struct Message: Decodable { let payload: String }
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(request.body)),
            let payload = Base64URL.decode(message.payload)
        else { return }
        state.withLock { $0.newOrders.append(String(decoding: payload, as: UTF8.self)) }
    }

    private struct Connection: ACMETransport {
        let factory: FakeTransports
        let ca: FakeCA

        func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
            while factory.state.withLock({ $0.isHeld }) {
                do { try await Task.sleep(for: .milliseconds(2)) } catch { throw ACMETransportError(.cancelled, "cancelled") }
            }
            let (fate, isDown) = factory.state.withLock { ($0.fate, $0.isDown) }
            guard request.url.hasPrefix("https://ca.test/") else {
                factory.state.withLock { $0.elsewhere += 1 }
                throw ACMETransportError(.temporary, "connect: connection refused")
            }
            if let answer = factory.renewalAnswer(request) { return answer }
            if request.url.hasSuffix("/newOrder") { factory.note(request) }
            if isDown { throw ACMETransportError(.temporary, "connect to ca.test: connection refused") }
            guard fate.step() else { throw ACMETransportError(.cancelled, "the process is dead") }
            let response = try await ca.send(request)
            guard fate.step() else { throw ACMETransportError(.cancelled, "the process is dead") }
            if request.url == FakeCA.directoryURL { return factory.edited(response) }
            return response
        }
    }
}

/// Everything that was logged.
final class LogCapture: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var logger: Logger { Logger(label: "test") { _ in Handler(capture: self) } }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            capture.lines.withLock { $0.append("\(event.level) \(event.message) \(fields)") }
        }
    }
}

/// Manifests as text.
enum Manifest {
    static func ingress(
        _ name: String, hosts: [String], secret: String = "tls", annotations: [String: String] = Make.clusterIssuer
    ) -> String {
        let notes = annotations.sorted { $0.key < $1.key }.map { "    \($0.key): \"\($0.value)\"\n" }.joined()
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: \(name)
              namespace: web
              annotations:
            \(notes.isEmpty ? "    x: y\n" : notes)spec:
              ingressClassName: certctl
              tls:
              - hosts: [\(hosts.map { "\"\($0)\"" }.joined(separator: ", "))]
                secretName: \(secret)
            """
    }

    static func acme(_ name: String = "le", extra: String = "") -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: ClusterIssuer
        metadata: {name: \(name)}
        spec:
          acme:
            server: https://ca.test/directory
            email: ops@example.com
            privateKeySecretRef: {name: \(name)-account}
            \(extra)
        """
    }

    static func issuer(_ name: String, kind: String = "ClusterIssuer", spec: String) -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: \(kind)
        metadata: {name: \(name)\(kind == "Issuer" ? ", namespace: web" : "")}
        spec: \(spec)
        """
    }

    static func secret(_ secret: Secret) -> String {
        let data = secret.data.sorted { $0.key < $1.key }.map { "  \($0.key): \(Data($0.value).base64EncodedString())\n" }.joined()
        let notes = secret.metadata.annotations.sorted { $0.key < $1.key }.map { "    \($0.key): \"\($0.value)\"\n" }.joined()
        return """
            apiVersion: v1
            kind: Secret
            type: \(secret.type)
            metadata:
              name: \(secret.metadata.name)
              namespace: \(secret.metadata.namespace)
              annotations:
            \(notes.isEmpty ? "    x: y\n" : notes)data:
            \(data)
            """
    }
}
