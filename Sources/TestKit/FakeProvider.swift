internal import Core
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server of a test's own: keeps what it was asked and answers as told, also as no server should.
public final class FakeProvider: Sendable {
    /// A request as it came.
    public struct Request: Hashable, Sendable {
        /// Such as `GET`.
        public let method: String
        /// Path and query, as sent.
        public let target: String
        /// Names in lower case.
        public let fields: [String: String]
        /// The body.
        public let body: [UInt8]
        /// How many requests came before it.
        public let number: Int

        /// The target up to its query.
        public var path: String { String(target.prefix { $0 != "?" }) }
        /// The query's names and values, decoded.
        public var query: [String: String] {
            var query: [String: String] = [:]
            for pair in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                query[FakeProvider.decoded(parts[0])] = parts.count > 1 ? FakeProvider.decoded(parts[1]) : ""
            }
            return query
        }
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What the server does with a request.
    public enum Answer: Sendable {
        /// An answer with its length.
        case answer(status: Int, fields: [String: String] = [:], body: String)
        /// These bytes, and the end of the connection.
        case raw(String)
        /// The end of the connection.
        case close
        /// A head that promises a byte which never comes.
        case stall

        /// A JSON answer.
        public static func json(_ body: String, status: Int = 200, fields: [String: String] = [:]) -> Answer {
            .answer(status: status, fields: fields.merging(["Content-Type": "application/json"]) { old, _ in old }, body: body)
        }

        /// An XML answer.
        public static func xml(_ body: String, status: Int = 200) -> Answer {
            .answer(status: status, fields: ["Content-Type": "text/xml"], body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body)
        }
    }

    private struct State {
        var requests: [Request] = []
        var connections: Set<CInt> = []
        var isOpen = true
    }

    /// `http://127.0.0.1:PORT`.
    public let url: String
    private let listener: CInt
    private let state = Mutex(State())
    private let handler: @Sendable (Request) -> Answer

    /// Why there is no server.
    public struct StartFailure: Error {}

    /// Starts a server on a free port of the loopback.
    ///
    /// - Parameter answer: Called on a thread of the server.
    public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        handler = answer
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw StartFailure() }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, size) == 0 && listen(socket, 64) == 0 && getsockname(socket, pointer, &size) == 0
            }
        }
        guard bound else {
            close(socket)
            throw StartFailure()
        }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        listener = socket
        Background.run { [weak self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                guard let self, self.opened(connection) else {
                    close(connection)
                    return
                }
                Background.run { [weak self] in self?.serve(connection) }
            }
        }
    }

    deinit { end() }

    /// Ends the server and its connections.
    public func end() {
        state.withLock { state in
            guard state.isOpen else { return }
            state.isOpen = false
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    /// What it was asked, in order.
    public var requests: [Request] { state.withLock { $0.requests } }

    private func opened(_ connection: CInt) -> Bool {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return state.withLock { state in
            if state.isOpen { state.connections.insert(connection) }
            return state.isOpen
        }
    }

    private func closed(_ connection: CInt) {
        state.withLock { state in
            state.connections.remove(connection)
            close(connection)
        }
    }

    private func serve(_ connection: CInt) {
        defer { closed(connection) }
        var buffer: [UInt8] = []
        while let request = next(connection, &buffer) {
            switch handler(request) {
            case .answer(let status, let fields, let body):
                let lines = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
                guard write("HTTP/1.1 \(status) X\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", connection) else { return }
            case .raw(let text):
                _ = write(text, connection)
                return
            case .close: return
            case .stall:
                _ = write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", connection)
                // Until the peer gives up.
                _ = next(connection, &buffer)
                return
            }
        }
    }

    private func next(_ connection: CInt, _ buffer: inout [UInt8]) -> Request? {
        let mark = Array("\r\n\r\n".utf8)
        var end = FakeProvider.find(mark, in: buffer)
        while end == nil {
            guard fill(connection, &buffer) else { return nil }
            end = FakeProvider.find(mark, in: buffer)
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = fields["content-length"].flatMap { Int($0) } ?? 0
        let bodyStart = end + mark.count
        while buffer.count < bodyStart + length { guard fill(connection, &buffer) else { return nil } }
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3 else { return nil }
        let body = Array(buffer[bodyStart..<(bodyStart + length)])
        buffer.removeFirst(bodyStart + length)
        return state.withLock { state in
            let request = Request(
                method: String(words[0]), target: String(words[1]), fields: fields, body: body, number: state.requests.count)
            state.requests.append(request)
            return request
        }
    }

    private func fill(_ connection: CInt, _ buffer: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        let count = unsafe recv(connection, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    private func write(_ text: String, _ connection: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBufferPointer { bytes in
                unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Threads for calls that block.
private enum Background {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func run(_ work: @escaping @Sendable () -> Void) {
        let context = unsafe Unmanaged.passRetained(Work(work)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context { unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        precondition(status == 0, "no thread for a fake")
        pthread_detach(thread)
    }
}
