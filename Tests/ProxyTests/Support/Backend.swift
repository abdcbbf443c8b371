import Synchronization

/// An upstream that does what a test says with each connection. Ends with the object.
final class Backend: Sendable {
    /// The connections, which outlive a call of `serve` no longer than that.
    private final class Connections: Sendable {
        private let state = Mutex((count: 0, open: [Int: TestSocket]()))

        var count: Int { state.withLock(\.count) }

        func add(_ connection: TestSocket) -> Int {
            state.withLock { state in
                state.open[state.count] = connection
                state.count += 1
                return state.count - 1
            }
        }

        func remove(_ number: Int) { state.withLock { _ = $0.open.removeValue(forKey: number) } }

        func endAll() {
            for connection in state.withLock({ Array($0.open.values) }) { connection.end() }
        }
    }

    let port: Int
    private let socket: TestSocket
    private let open = Connections()

    /// - Parameter serve: called on a thread of its own with each connection and its number from 0; the connection closes afterwards.
    init(_ serve: @escaping @Sendable (TestPeer, Int) throws -> Void) throws {
        (socket, port) = try TestSocket.listen()
        let (socket, open) = (socket, open)
        Threads.start {
            while let accepted = socket.accept() {
                let number = open.add(accepted)
                Threads.start {
                    try? serve(TestPeer(accepted), number)
                    open.remove(number)
                }
            }
        }
    }

    deinit { stop() }

    /// How many connections have been made to it.
    var connections: Int { open.count }

    /// Stops taking connections and ends those that there are.
    func stop() {
        socket.end()
        open.endAll()
    }

    /// Answers every request with its own head and body as text, and keeps connections.
    static func echo() throws -> Backend {
        try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                let lines = [request.start] + request.fields.map { "\($0.name): \($0.value)" }
                try peer.respond(lines.joined(separator: "\n") + "\n\n" + request.text, isHEAD: request.method == "HEAD")
            }
        }
    }

    /// Answers every request with its name, and keeps connections.
    static func named(_ name: String) throws -> Backend {
        try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                try peer.respond(name, isHEAD: request.method == "HEAD")
            }
        }
    }
}

extension TestPeer {
    func respond(_ body: String, status: String = "200 OK", fields: String = "", isHEAD: Bool = false) throws {
        try write("HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(isHEAD ? "" : body)")
    }
}
