import Core
import KubernetesAPI
import Logging
import Manifests
import Synchronization
import TestKit
import Testing

@testable import KubernetesClient

/// What a reflector told, and the state that follows from it.
private final class Mirror: Sendable {
    struct State {
        var objects: [String: String] = [:]
        var listed: Set<String> = []
        var isListing = false
        var told: [String] = []
        var lists = 0
        var trouble: APIError?
    }

    private let state = Mutex(State())

    var objects: [String: String] { state.withLock { $0.objects } }
    var told: [String] { state.withLock { $0.told } }
    var lists: Int { state.withLock { $0.lists } }
    var trouble: APIError? { state.withLock { $0.trouble } }

    func take(_ event: ReflectorEvent<ConfigMap>) {
        state.withLock { state in
            switch event {
            case .listing: (state.isListing, state.listed) = (true, [])
            case .page(let changes): for change in changes { apply(change, &state) }
            case .listed:
                state.objects = state.objects.filter { state.listed.contains($0.key) }
                state.isListing = false
                state.lists += 1
            case .change(let change): apply(change, &state)
            case .trouble(let error): state.trouble = error
            }
        }
    }

    private func apply(_ change: ReflectedChange<ConfigMap>, _ state: inout State) {
        switch change {
        case .changed(let map):
            let (name, value) = (map.metadata.name, map.data["v"] ?? "")
            state.told.append("\(name)=\(value)")
            state.objects[name] = value
            state.listed.insert(name)
        case .deleted(let identity), .unwanted(let identity):
            state.told.append("-\(identity.name.name)")
            state.objects[identity.name.name] = nil
        case .refused(let identity, _): state.told.append("?\(identity.name.name)")
        }
    }
}

@Suite("Reflector against a server with bad days") struct ReflectorTests {
    let server: FakeAPIServer
    let client: APIClient
    private let mirror = Mirror()

    init() async throws {
        server = try await FakeAPIServer()
        client = APIClient(server.configuration, limits: .unlimitedForTests)
    }

    static let timing: ReflectorTiming = {
        var timing = ReflectorTiming()
        timing.backoffMin = .milliseconds(5)
        timing.backoffMax = .milliseconds(40)
        timing.idleTime = .seconds(60)
        timing.pageObjects = 3
        timing.briefWatchTime = .zero
        return timing
    }()

    func put(_ names: String..., value: String = "1") {
        for name in names {
            server.put("{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: \(name)}, data: {v: \"\(value)\"}}")
        }
    }

    func delete(_ name: String) { server.delete(.configMaps, namespace: "shop", name: name) }

    /// Runs a reflector for as long as the body takes.
    func reflecting(
        _ timing: ReflectorTiming = timing, _ body: (Reflector<ConfigMap>) async throws -> Void
    ) async rethrows {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let reflector = Reflector(Collection(.configMaps), client: client, timing: timing, logger: logger) {
            node throws(ManifestError) in try ConfigMap(from: node)
        }
        let task = Task { [mirror] in await reflector.run { mirror.take($0) } }
        try await body(reflector)
        task.cancel()
        await task.value
        await client.shutdown()
    }

    func isMirrored() async -> Bool {
        await eventually {
            let there = server.objects(.configMaps).map { ($0.at("metadata", "name")?.text ?? "", $0.at("data", "v")?.text ?? "") }
            return mirror.lists > 0 && mirror.objects == Dictionary(uniqueKeysWithValues: there)
        }
    }

    func isWatching() async -> Bool { await eventually { server.watchCount(of: .configMaps) == 1 } }

    @Test func `it lists in pages and follows what comes, goes and changes`() async {
        put("a", "b", "c", "d", "e", "f", "g")
        await reflecting { reflector in
            #expect(await isMirrored())
            #expect(server.requests(.list, of: .configMaps).count == 3)
            #expect(await isWatching())
            put("h")
            put("a", value: "2")
            delete("b")
            #expect(await isMirrored())
            #expect(mirror.told.suffix(3) == ["h=1", "a=2", "-b"])
            #expect(reflector.health.isSynced)
            #expect(reflector.health.lists == 1)
        }
    }

    @Test func `a cut watch goes on where it was: nothing is missed and nothing comes twice`() async {
        put("a")
        await reflecting { _ in
            #expect(await isWatching())
            for round in 1...5 {
                server.cutWatches()
                put("a", value: "\(round)0")
                put("n\(round)")
                #expect(await isMirrored())
            }
            #expect(mirror.told.count == Set(mirror.told).count)
            #expect(mirror.lists == 1)
        }
    }

    @Test func `a watch that is cut within an event goes on before that event`() async {
        put("a")
        server.script(.cutWatch(afterEvents: 1, isWithinEvent: true), at: .watch)
        await reflecting { _ in
            #expect(await isWatching())
            put("b", "c", "d")
            #expect(await isMirrored())
            #expect(mirror.told == ["a=1", "b=1", "c=1", "d=1"])
        }
    }

    @Test func `410 lists anew, and what was deleted meanwhile is seen`() async {
        put("a", "b", "c", "d", "e")
        await reflecting { _ in
            #expect(await isWatching())
            server.script(.closeBefore, at: .watch, times: 3)
            server.cutWatches()
            delete("b")
            put("f")
            server.compact()
            #expect(await isMirrored())
            #expect(mirror.lists >= 2)
            #expect(!mirror.objects.keys.contains("b"))
        }
    }

    @Test func `an ERROR event with 410 lists anew`() async {
        put("a")
        await reflecting { _ in
            #expect(await isWatching())
            server.failWatches()
            #expect(await eventually { mirror.lists == 2 })
            put("b")
            #expect(await isMirrored())
        }
    }

    @Test func `a stalled watch is noticed without a byte`() async {
        put("a")
        var timing = Self.timing
        timing.idleTime = .milliseconds(200)
        server.script(.stallWatch(afterEvents: 0), at: .watch)
        await reflecting(timing) { _ in
            #expect(await isWatching())
            put("b")
            #expect(await isMirrored())
            #expect(mirror.lists == 1)
        }
    }

    @Test func `bookmarks alone move the version forward`() async {
        put("a")
        await reflecting { reflector in
            #expect(await isWatching())
            server.put("{apiVersion: v1, kind: Secret, metadata: {namespace: shop, name: other}}")
            server.sendBookmarks()
            #expect(await eventually { reflector.health.lastEvent != nil })
            server.compact()
            server.cutWatches()
            put("b")
            #expect(await isMirrored())
            #expect(mirror.lists == 1)
        }
    }

    @Test func `events that come twice are delivered once`() async {
        server.script(.duplicateEvents, at: .watch)
        await reflecting { _ in
            #expect(await isWatching())
            put("a", "b")
            delete("a")
            put("c")
            #expect(await isMirrored())
            #expect(mirror.told == ["a=1", "b=1", "-a", "c=1"])
        }
    }

    @Test func `a list whose JSON is cut is asked for again`() async {
        put("a", "b", "c", "d")
        server.script(.truncateJSON, at: .list)
        server.script(.cutAnswer, at: .list)
        await reflecting { _ in
            #expect(await isMirrored())
            #expect(mirror.told.count >= 4)
        }
    }

    @Test(
        arguments: [
            #"{"type":"ADDED""#, "\u{0}\u{1}", #"{"type":"ADDED","object":{"metadata":{"name":7}}}"#, #"{"type":"FUTURE","object":{}}"#,
        ])
    func `a line that is no event does not end it`(_ line: String) async {
        put("a")
        await reflecting { _ in
            #expect(await isWatching())
            server.sendToWatches(Array((line + "\n").utf8))
            put("b")
            #expect(await isMirrored())
        }
    }

    @Test func `500, 429 and a closed connection are passed over`() async {
        put("a", "b", "c", "d")
        server.script(.status(500, reason: "InternalError"), at: .list)
        server.script(.tooManyRequests(retryAfter: nil), at: .list)
        server.script(.closeBefore, at: .list)
        server.script(.status(503, reason: "ServiceUnavailable"), at: .watch, times: 2)
        await reflecting { _ in
            #expect(await isMirrored())
            put("e")
            #expect(await isMirrored())
            #expect(mirror.lists == 1)
            #expect(await eventually { mirror.trouble == nil })
        }
    }

    @Test func `what is forbidden is trouble until it is allowed`() async {
        put("a")
        server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, times: 4)
        await reflecting { reflector in
            #expect(await eventually { mirror.trouble?.code == .forbidden })
            #expect(reflector.health.trouble?.message == "no rights")
            #expect(await isMirrored())
            #expect(await eventually { mirror.trouble == nil && reflector.health.trouble == nil })
        }
    }

    @Test func `a server that goes away takes nothing with it`() async throws {
        put("a", "b")
        try await reflecting { _ in
            #expect(await isWatching())
            await server.goAway()
            #expect(await eventually { mirror.trouble?.code == .unreachable })
            #expect(mirror.objects.keys.sorted() == ["a", "b"])
            delete("a")
            put("c")
            try await server.comeBack()
            #expect(await isMirrored())
            #expect(await eventually { mirror.trouble == nil })
        }
    }

    @Test func `a page that expires begins anew, and an object that moved is there once`() async {
        put("a", "b", "c", "d", "e")
        server.script(.gone, at: .list, skipping: 1)
        await reflecting { _ in
            #expect(await isMirrored())
            #expect(mirror.lists == 1)
        }
    }

    @Test func `a document that cannot be read does not hide the others`() async {
        put("a")
        server.put("{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: odd}, data: {v: 7}}")
        await reflecting { _ in
            #expect(await isWatching())
            #expect(mirror.told == ["a=1", "?odd"])
            put("b")
            #expect(await eventually { mirror.objects["b"] != nil })
        }
    }

    @Test func `a wish for a list is granted during a watch`() async {
        put("a")
        await reflecting { reflector in
            #expect(await isWatching())
            reflector.relist()
            #expect(await eventually { mirror.lists == 2 })
            put("b")
            #expect(await isMirrored())
        }
    }

    @Test func `changes under constant faults end in the server's state`() async {
        var random = SeededRandom(seed: 11)
        await reflecting { _ in
            #expect(await isWatching())
            for step in 0..<120 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: server.cutWatches()
                case 1: server.endWatches()
                case 2: server.failWatches()
                case 3: server.script(.status(500, reason: "InternalError"), at: .watch)
                case 4: delete("n\(Int.random(in: 0..<20, using: &random))")
                default: put("n\(Int.random(in: 0..<20, using: &random))", value: "\(step)")
                }
                for _ in 0..<50 { await Task.yield() }
            }
            server.repair()
            #expect(await isMirrored())
        }
    }
}

extension RateLimit {
    fileprivate static let unlimitedForTests = RateLimit(requestsPerSecond: 10_000, burst: 10_000)
}
