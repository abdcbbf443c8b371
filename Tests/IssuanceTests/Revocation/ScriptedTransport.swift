import Synchronization

@testable import Issuance

/// Answers from a table, counts, and can be held up.
final class ScriptedTransport: RevocationTransport {
    private struct State {
        var answers: [String: Result<[UInt8], RevocationTransportError>] = [:]
        var asked: [RevocationQuery] = []
        var running = 0
        var runningMost = 0
        var isHeld = false
    }

    private let state = Mutex(State())

    var asked: [RevocationQuery] { state.withLock { $0.asked } }
    var running: Int { state.withLock { $0.running } }
    var runningMost: Int { state.withLock { $0.runningMost } }

    func set(_ url: String, _ body: [UInt8]) { state.withLock { $0.answers[url] = .success(body) } }
    func fail(_ url: String, _ why: String) { state.withLock { $0.answers[url] = .failure(RevocationTransportError(why)) } }
    func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

    func fetch(_ request: RevocationQuery) async throws(RevocationTransportError) -> [UInt8] {
        state.withLock { state in
            state.asked.append(request)
            state.running += 1
            state.runningMost = max(state.runningMost, state.running)
        }
        while state.withLock({ $0.isHeld }) { try? await Task.sleep(for: .milliseconds(2)) }
        let answer = state.withLock { state in
            state.running -= 1
            return state.answers[request.url]
        }
        return try (answer ?? .failure(RevocationTransportError("status 404, expected 200"))).get()
    }
}
