import Synchronization

/// An upstream that does what a test says with each connection. Ends with the object.
final class Backend: Sendable {
    let port: Int
    private let socket: TestSocket
    private let state = Mutex((connections: 0, open: [TestSocket]()))

    /// - Parameter serve: called on a thread of its own with each connection and its number from 0; the connection closes afterwards.
    init(_ serve: @escaping @Sendable (TestPeer, Int) throws -> Void) throws {
        (socket, port) = try TestSocket.listen()
        let socket = socket
        Threads.start { [weak self] in
            while let accepted = socket.accept() {
                guard let number = self?.add(accepted) else { return }
                Threads.start { try? serve(TestPeer(accepted), number) }
            }
        }
    }

    deinit {
        socket.end()
        state.withLock { state in
            for connection in state.open { connection.end() }
        }
    }

    /// How many connections have been made to it.
    var connections: Int { state.withLock(\.connections) }

    private func add(_ connection: TestSocket) -> Int {
        state.withLock { state in
            state.connections += 1
            state.open.append(connection)
            return state.connections - 1
        }
    }

    /// Stops taking connections and ends those that there are.
    func stop() {
        socket.end()
        state.withLock { state in
            for connection in state.open { connection.end() }
        }
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
