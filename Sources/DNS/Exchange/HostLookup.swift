internal import Glibc
internal import Synchronization

/// Host names of name servers, found the way the system finds names (`/etc/hosts`, search domains), each on a thread of its own.
enum HostLookup {
    private static let running = Mutex(0)

    /// The addresses of a server; at once when its host is one.
    ///
    /// - Throws: `.hostNotFound`, `.timedOut` or `.cancelled`. The thread may then linger until the system gives up.
    static func addresses(of server: Nameserver, within limit: Duration) async throws(DNSError) -> [SocketAddress] {
        if let address = SocketAddress(numeric: server.host, port: server.port) { return [address] }
        let answer = Once<Result<[SocketAddress], DNSError.Code>>()
        start(server, answer)
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            answer.give(.failure(.timedOut(limit, instead: nil)))
        }
        let result = await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            answer.give(.failure(.cancelled))
        }
        timer.cancel()
        do { return try result.get() } catch { throw DNSError(error, subject: "name server \(server)") }
    }

    private static func start(_ server: Nameserver, _ answer: Once<Result<[SocketAddress], DNSError.Code>>) {
        let mayRun = running.withLock { running in
            guard running < DNSLimits.hostLookupsMax else { return false }
            running += 1
            return true
        }
        guard mayRun else {
            answer.give(.failure(.hostNotFound("\(DNSLimits.hostLookupsMax) other lookups have not ended yet")))
            return
        }
        let hasStarted = Background.run(named: "certctl-dns-host") {
            let (addresses, problem) = SocketAddress.lookup(server.host, port: server.port)
            running.withLock { $0 -= 1 }
            answer.give(addresses.isEmpty ? .failure(.hostNotFound(problem ?? "it has none")) : .success(addresses))
        }
        guard !hasStarted else { return }
        running.withLock { $0 -= 1 }
        answer.give(.failure(.hostNotFound("no thread to ask with")))
    }
}

/// A value that is given once, by whoever is first, and awaited once.
final class Once<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.empty)

    /// Gives the value, unless there is one already.
    func give(_ value: Value) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .awaited(let waiter):
                state = .over
                return waiter
            case .given, .over: return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// The value, when there is one. To be called once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value? in
                switch state {
                case .empty:
                    state = .awaited(continuation)
                    return nil
                case .given(let value):
                    state = .over
                    return value
                case .awaited, .over: preconditionFailure("a value that is awaited twice")
                }
            }
            if let value { continuation.resume(returning: value) }
        }
    }

    /// Whether there is a value, or was one.
    var isOver: Bool {
        state.withLock { state in
            switch state {
            case .empty, .awaited: false
            case .given, .over: true
            }
        }
    }
}
