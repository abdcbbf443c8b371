import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Proxy

/// A lookup that a test watches and holds up.
final class TestLookup: Sendable {
    private struct State {
        var answers: [String: String] = [:]
        var asked: [String] = []
        var running = 0
        var runningMost = 0
        var isHeld = false
        var cancelled = 0
    }

    private let state = Mutex(State())

    init(_ answers: [String: String] = [:], isHeld: Bool = false) {
        state.withLock { ($0.answers, $0.isHeld) = (answers, isHeld) }
    }

    var asked: [String] { state.withLock { $0.asked } }
    var runningMost: Int { state.withLock { $0.runningMost } }
    var running: Int { state.withLock { $0.running } }
    var cancelled: Int { state.withLock { $0.cancelled } }
    func release() { state.withLock { $0.isHeld = false } }

    func callAsFunction(_ token: String) async -> String? {
        state.withLock { state in
            state.asked.append(token)
            state.running += 1
            state.runningMost = max(state.runningMost, state.running)
        }
        while state.withLock({ $0.isHeld }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(2)) }
        return state.withLock { state in
            state.running -= 1
            if Task.isCancelled { state.cancelled += 1 }
            return state.answers[token]
        }
    }
}

@Suite("Challenges that were not published, RFC 8555 §8.3") struct ChallengeLookupTests {
    private static let token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
    private let path = "/.well-known/acme-challenge/"

    private func request(_ token: String = token, host: String = "a.test", more: String = "") -> String {
        "GET \(path)\(token) HTTP/1.1\r\nHost: \(host)\r\n\(more)\r\n"
    }

    private func token(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "x", count: 43 - digits.count) + digits
    }

    @Test func `a token that is found is answered, and what is published is not looked up`() async throws {
        let lookup = TestLookup([Self.token: Self.token + ".thumb"])
        try await withWorld([], lookup: { await lookup($0) }) { world in
            let response = try await world.exchange(request())
            #expect(response.status == 200 && response.text == Self.token + ".thumb")
            let head = try await world.exchange(request().replacing("GET", with: "HEAD"), isHEAD: true)
            #expect(head.status == 200 && head["Content-Length"] == "\((Self.token + ".thumb").utf8.count)")
            #expect(lookup.asked == [Self.token])
            world.server.publish(HTTP01Tokens([token(1): "published"]))
            #expect(try await world.exchange(request(token(1))).text == "published")
            #expect(lookup.asked == [Self.token])
        }
    }

    @Test func `a token that nobody knows is 404, and is not looked up again for a moment`() async throws {
        let lookup = TestLookup()
        try await withWorld([], lookup: { await lookup($0) }) { world in
            for _ in 0..<5 {
                let response = try await world.exchange(request())
                #expect(response.status == 404)
            }
            #expect(lookup.asked == [Self.token])
        }
    }

    @Test func `what is not found goes to the route that the host has for it`() async throws {
        let backend = try Backend.echo()
        let lookup = TestLookup()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app-tls") + [try Make.secret("app-tls", ["app.test"])]
        try await withWorld(objects, lookup: { await lookup($0) }) { world in
            let response = try await world.exchange(request(host: "app.test", more: "X-Mine: 1\r\n"))
            #expect(response.status == 200 && response.text.hasPrefix("GET \(path)\(Self.token) "))
            #expect(lookup.asked == [Self.token])
            // Other methods, bodies and paths are not for us.
            _ = try await world.exchange("POST \(path)\(token(1)) HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n")
            _ = try await world.exchange(request(token(2), host: "app.test", more: "Content-Length: 2\r\n") + "ab")
            _ = try await world.exchange("GET /else/\(token(3)) HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(lookup.asked == [Self.token])
        }
    }

    @Test func `only what can be a token is looked up`() async throws {
        let lookup = TestLookup()
        try await withWorld([], lookup: { await lookup($0) }) { world in
            for token in [
                "", "short", String(repeating: "a", count: 21), String(repeating: "a", count: 513), Self.token + "/x", Self.token + "%2Fx",
                Self.token + ".x", Self.token + "=", "%00" + Self.token,
            ] {
                let response = try await world.exchange(request(token))
                #expect(response.status == 404 || response.status == 400, "\(token)")
            }
            #expect(lookup.asked.isEmpty)
            for length in [22, 512] {
                #expect(try await world.exchange(request(String(repeating: "b", count: length))).status == 404)
            }
            #expect(lookup.asked.count == 2)
            // A query is no part of the token.
            #expect(try await world.exchange(request(Self.token + "?x=1")).status == 404)
            #expect(lookup.asked.last == Self.token)
        }
    }

    @Test func `many who ask at once wait for one lookup, on all loops`() async throws {
        let lookup = TestLookup([Self.token: "answer"], isHeld: true)
        try await withWorld(threads: 2, [], lookup: { await lookup($0) }) { world in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await world.exchange(request()).text } }
                _ = await eventually { await world.server.counters().exchangesActive == 20 }
                lookup.release()
                for try await text in group { #expect(text == "answer") }
            }
            #expect(lookup.asked == [Self.token])
        }
    }

    @Test func `so many at the same time, and the rest in turn`() async throws {
        let count = ChallengeLimits.lookupsAtOnceMax + 12
        let tokens = (0..<count).map(token)
        let lookup = TestLookup(Dictionary(uniqueKeysWithValues: tokens.map { ($0, $0 + ".k") }), isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for token in tokens { group.addTask { try await world.exchange(request(token)).text == token + ".k" } }
                _ = await eventually { await world.server.counters().exchangesActive == UInt64(count) }
                #expect(lookup.running == ChallengeLimits.lookupsAtOnceMax)
                lookup.release()
                for try await isRight in group { #expect(isRight) }
            }
            #expect(lookup.asked.count == count && lookup.runningMost <= ChallengeLimits.lookupsAtOnceMax)
        }
    }

    @Test func `a lookup that does not end is given up, and the connection goes on`() async throws {
        let lookup = TestLookup(isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            try await Threads.run { [http = world.http] in
                let peer = try TestPeer.connect(http)
                let began = NIODeadline.now()
                #expect(try peer.exchange(request()).status == 404)
                let took = NIODeadline.now() - began
                #expect(took >= ChallengeLimits.lookupTime && took < ChallengeLimits.lookupTime + .seconds(4))
                #expect(try peer.exchange("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").status == 404)
            }
            #expect(await eventually { lookup.cancelled == 1 })
        }
    }

    @Test func `pipelined requests are answered in order`() async throws {
        let lookup = TestLookup([Self.token: "first"], isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            world.server.publish(HTTP01Tokens([token(1): "second"]))
            let peer = try world.connect()
            try peer.write(request() + request(token(1)) + request(token(2)))
            _ = await eventually { lookup.running == 1 }
            try peer.write(request(token(1)))
            lookup.release()
            let texts = try await Threads.run {
                try (0..<4).map { _ in
                    let response = try peer.readResponse()
                    return response.status == 200 ? response.text : "\(response.status)"
                }
            }
            #expect(texts == ["first", "second", "404", "second"])
        }
    }

    @Test func `a head that comes byte by byte is kept until the answer is there`() async throws {
        let lookup = TestLookup([Self.token: "answer"], isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            let peer = try world.connect()
            let text = request()
            for index in text.indices { try peer.write(String(text[index])) }
            _ = await eventually { lookup.running == 1 }
            lookup.release()
            #expect(try await Threads.run { try peer.readResponse().text } == "answer")
        }
    }

    @Test func `a client that leaves is noticed, and its lookup ended`() async throws {
        let lookup = TestLookup(isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            do {
                let peer = try world.connect()
                try peer.write(request())
                _ = await eventually { lookup.running == 1 }
                peer.socket.resetAtEnd()
            }
            #expect(await eventually(within: .seconds(2)) { lookup.cancelled == 1 })
            #expect(await eventually { await world.server.counters().connectionsOpen == 0 })
            let counters = await world.server.counters()
            #expect(counters.exchangesCut == 1 && counters.exchangesActive == 0)
        }
    }

    @Test func `one that has only ended its side gets its answer`() async throws {
        let lookup = TestLookup([Self.token: "answer"], isHeld: true)
        try await withWorld([], lookup: { await lookup($0) }) { world in
            let peer = try world.connect()
            try peer.write(request())
            _ = await eventually { lookup.running == 1 }
            peer.socket.endOutput()
            lookup.release()
            let (bytes, ending) = try await Threads.run { try peer.readEnding() }
            #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("answer") && ending == .proper)
        }
    }

    @Test func `a drain waits for the answer and closes then`() async throws {
        let lookup = TestLookup([Self.token: "answer"], isHeld: true)
        let world = try await World([], lookup: { await lookup($0) })
        let peer = try world.connect()
        try peer.write(request())
        _ = await eventually { lookup.running == 1 }
        let drained = Task { await world.server.drain(deadline: .seconds(20)) }
        _ = await eventually { (try? TestSocket.connect(world.http)) == nil }
        lookup.release()
        let response = try await Threads.run { try peer.readResponse() }
        #expect(response.text == "answer" && response["Connection"] == "close")
        await drained.value
    }

    @Test func `a drain that is over cuts who still waits, and what comes later finds nobody`() async throws {
        let lookup = TestLookup([Self.token: "answer"], isHeld: true)
        let world = try await World([], lookup: { await lookup($0) })
        let peer = try world.connect()
        try peer.write(request())
        _ = await eventually { lookup.running == 1 }
        await world.server.drain(deadline: .zero)
        #expect(await eventually { lookup.running == 0 })
    }
}

@Suite("Lookups of challenges: the limits") struct ChallengeResolverTests {
    private let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    private func token(_ number: Int) -> ChallengeQuestion { .http01(token: "token-\(number)") }

    @Test func `a burst is allowed, then so many in a second`() async throws {
        let lookup = TestLookup()
        let resolver = ChallengeResolver { await $0.answer({ await lookup($0) }, nil) }
        let start = NIODeadline.now()
        func isTaken(_ number: Int, _ now: NIODeadline) -> Bool {
            guard case .waiting(let ticket) = resolver.ask(token(number), on: loop, now: now, deliver: { _ in }) else { return false }
            resolver.cancel(token(number), ticket)
            return true
        }
        for number in 0..<ChallengeLimits.lookupsBurst { #expect(isTaken(number, start)) }
        #expect(!isTaken(1000, start))
        let second = start + .seconds(1)
        for number in 0..<Int(ChallengeLimits.lookupsPerSecond) { #expect(isTaken(2000 + number, second)) }
        #expect(!isTaken(3000, second))
    }

    @Test func `no more wait than may`() async throws {
        let lookup = TestLookup(isHeld: true)
        let resolver = ChallengeResolver { await $0.answer({ await lookup($0) }, nil) }
        for _ in 0..<ChallengeLimits.waitersMax {
            guard case .waiting = resolver.ask(token(1), on: loop, deliver: { _ in }) else { throw World.Missing(what: "place") }
        }
        #expect(resolver.ask(token(1), on: loop, deliver: { _ in }) == .none)
        lookup.release()
        _ = await eventually { lookup.running == 0 }
    }

    @Test func `answers are remembered for a moment, and no more of them than may`() {
        var recent = RecentLookups()
        let start = NIODeadline.now()
        recent.note(.http01(token: "a"), nil, now: start)
        recent.note(.http01(token: "b"), "answer", now: start)
        #expect(recent.answer(to: .http01(token: "a"), now: start) == ChallengeResolver.Outcome.none)
        #expect(recent.answer(to: .http01(token: "b"), now: start) == .known("answer"))
        #expect(recent.answer(to: .http01(token: "c"), now: start) == nil)
        #expect(recent.answer(to: .http01(token: "a"), now: start + ChallengeLimits.recentTime * 2) == nil)
        for number in 0..<(ChallengeLimits.recentMax * 3) { recent.note(token(number), nil, now: start) }
        #expect(recent.count <= ChallengeLimits.recentMax)
        #expect(recent.answer(to: token(ChallengeLimits.recentMax * 3 - 1), now: start) == ChallengeResolver.Outcome.none)
    }
}
