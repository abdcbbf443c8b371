internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

extension FakeAPIServer {
    /// One request and its answer.
    struct Exchange {
        let core: Core
        let request: Request
        let channel: any Channel
        let outbound: NIOAsyncChannelOutboundWriter<SendableResponsePart>

        private struct Cut: Error {}

        func run() async throws {
            if ["/healthz", "/livez", "/readyz", "/version"].contains(request.path) {
                let answer: JSONValue = ["major": "1", "minor": "36", "gitVersion": "v1.36.0"]
                let place = core.state.withLock { state in
                    state.requests.append(recorded(nil))
                    return state.requests.count - 1
                }
                return try await send(200, request.path == "/version" ? answer.json : Array("ok".utf8), place)
            }
            let target = try? FakeAPIServer.target(of: request)
            let (place, fault) = core.state.withLock { state in
                state.requests.append(recorded(target))
                return (state.requests.count - 1, target.flatMap { state.takeFault(for: $0) })
            }
            do throws(Refusal) {
                try authorize()
                try await answer(try FakeAPIServer.target(of: request), fault, place)
            } catch {
                guard error.code == 404, error.reason.isEmpty else {
                    return try await send(error.code, FakeAPIServer.status(error).json, place)
                }
                try await send(404, Array(error.message.utf8), place, headers: [("Content-Type", "text/plain; charset=utf-8")])
            }
        }

        private func authorize() throws(Refusal) {
            let isLetIn = core.state.withLock { state in
                state.authorizations.map { $0.contains(request.headers["authorization"] ?? "") } ?? true
            }
            if !isLetIn { throw Refusal(code: 401, reason: "Unauthorized", message: "Unauthorized") }
        }

        private func answer(_ target: Target, _ fault: Fault?, _ place: Int) async throws(Refusal) {
            do {
                try await carryOut(target, fault, place)
            } catch let refusal as Refusal {
                throw refusal
            } catch {
                channel.close(promise: nil)
            }
        }

        private func carryOut(_ target: Target, _ fault: Fault?, _ place: Int) async throws {
            switch fault {
            case .status(let code, let reason, let message, let retryAfter):
                let status = FakeAPIServer.status(Refusal(code: code, reason: reason, message: message))
                return try await send(code, status.json, place, headers: retryAfter.map { [("Retry-After", $0)] } ?? [])
            case .answer(let status, let contentType, let headers, let body):
                return try await send(status, body, place, headers: [("Content-Type", contentType)] + headers)
            case .closeBefore: throw Cut()
            case .hang:
                try? await channel.closeFuture.get()
                throw Cut()
            case .delay(let pause): try await Task.sleep(for: pause)
            case .truncateJSON, .cutAnswer, .closeAfter, .cutWatch, .stallWatch, .watchError, .duplicateEvents, .rawEvent, nil: break
            }
            if target.verb == .watch { return try await watch(target, fault, place) }
            let (status, body) = try core.state.withLock { state throws(Refusal) in try state.answer(target, request) }
            switch fault {
            case .closeAfter: throw Cut()
            case .truncateJSON: try await send(status, Array(body.prefix(body.count / 2)), place)
            case .cutAnswer: try await sendCut(status, body)
            default: try await send(status, body, place)
            }
        }

        private func send(_ status: Int, _ body: [UInt8], _ place: Int, headers: [(String, String)] = []) async throws(Refusal) {
            core.state.withLock { $0.requests[place].status = status }
            var fields = HTTPHeaders(headers)
            if !fields.contains(name: "Content-Type") { fields.add(name: "Content-Type", value: "application/json") }
            fields.replaceOrAdd(name: "Content-Length", value: "\(body.count)")
            do {
                try await outbound.write(contentsOf: [
                    .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)),
                    .body(ByteBuffer(bytes: body)), .end(nil),
                ])
            } catch {
                channel.close(promise: nil)
            }
        }

        /// Announces the whole, sends half, and closes.
        private func sendCut(_ status: Int, _ body: [UInt8]) async throws {
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status), headers: ["Content-Length": "\(body.count)"])
            try await outbound.write(contentsOf: [.head(head), .body(ByteBuffer(bytes: body.prefix(body.count / 2)))])
            throw Cut()
        }

        private func recorded(_ target: Target?) -> RecordedRequest {
            RecordedRequest(
                verb: target?.verb, resource: target?.resource.resource, namespace: target?.namespace, name: target?.name,
                subresource: target?.subresource, method: request.method, path: request.path, query: request.query,
                headers: request.headers, body: request.body, connection: request.connection,
                clientCertificate: request.clientCertificate, status: 0)
        }
    }
}

// Watches.
extension FakeAPIServer.Exchange {
    private func watch(_ target: FakeAPIServer.Target, _ fault: FakeAPIServer.Fault?, _ place: Int) async throws {
        let (id, parts) = try core.state.withLock { state throws(FakeAPIServer.Refusal) in
            try state.serves(target)
            return try state.watch(target, request.query)
        }
        let core = core
        let end = Task {
            guard let seconds = request.query["timeoutSeconds"].flatMap({ Int($0) }) else { return }
            try await Task.sleep(for: .seconds(seconds))
            core.endWatch(id)
        }
        defer { end.cancel() }
        channel.closeFuture.whenComplete { _ in core.closeWatch(id) }
        core.state.withLock { $0.requests[place].status = 200 }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "application/json"])
        try await outbound.write(.head(head))
        var script = WatchScript(fault)
        defer { core.closeWatch(id) }
        if try await perform(script.opening()) { return }
        for await part in parts {
            if try await perform(script.steps(for: part)) { return }
        }
        throw CancellationError()
    }

    /// - Returns: whether the watch has ended in order.
    private func perform(_ steps: [WatchScript.Step]) async throws -> Bool {
        for step in steps {
            switch step {
            case .send(let bytes): try await outbound.write(.body(ByteBuffer(bytes: bytes)))
            case .end:
                try await outbound.write(.end(nil))
                return true
            case .cut: throw CancellationError()
            case .stall:
                try? await channel.closeFuture.get()
                throw CancellationError()
            }
        }
        return false
    }
}

/// What a fault makes of the events of a watch.
private struct WatchScript {
    enum Step {
        case send([UInt8])
        case end
        case cut
        case stall
    }

    private let fault: FakeAPIServer.Fault?
    private var events = 0

    init(_ fault: FakeAPIServer.Fault?) { self.fault = fault }

    func opening() -> [Step] {
        if case .rawEvent(let bytes)? = fault { return [.send(bytes)] }
        return ending(after: 0)
    }

    mutating func steps(for part: FakeAPIServer.WatchPart) -> [Step] {
        switch part {
        case .event(let line): return event(line)
        case .bookmark(let line), .error(let line): return [.send(line)]
        case .end: return [.end]
        case .cut: return [.cut]
        case .stall: return [.stall]
        }
    }

    private mutating func event(_ line: [UInt8]) -> [Step] {
        if case .cutWatch(let count, isWithinEvent: true)? = fault, events == count {
            return [.send(Array(line.prefix(line.count / 2))), .cut]
        }
        events += 1
        if case .duplicateEvents? = fault { return [.send(line), .send(line)] }
        return [.send(line)] + ending(after: events)
    }

    private func ending(after events: Int) -> [Step] {
        switch fault {
        case .cutWatch(events, isWithinEvent: false)?: return [.cut]
        case .stallWatch(events)?: return [.stall]
        case .watchError(let code, let reason, events)?:
            let status = FakeAPIServer.status(FakeAPIServer.Refusal(code: code, reason: reason, message: "scripted"))
            return [.send(FakeAPIServer.Watcher.line("ERROR", status)), .end]
        default: return []
        }
    }
}
