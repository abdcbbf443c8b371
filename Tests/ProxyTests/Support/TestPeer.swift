/// A message as a test sees it.
struct TestMessage: Sendable {
    /// The request line or the status line.
    let start: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []
    var trailers: [String] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    /// Of a response.
    var status: Int { Int(start.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    /// Of a request.
    var method: String { String(start.prefix { $0 != " " }) }
    /// Of a request.
    var target: String { start.split(separator: " ").count > 1 ? String(start.split(separator: " ")[1]) : "" }

    /// The first value of a field.
    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }
}

/// Reads HTTP/1 messages from a socket and writes to it: either side of a connection, as simple as can be.
final class TestPeer: @unchecked Sendable {
    // Sound because each test uses a peer from one thread at a time.
    let socket: TestSocket
    private var unread: [UInt8] = []

    struct Ended: Error {}

    init(_ socket: TestSocket) {
        self.socket = socket
    }

    static func connect(_ port: Int, receiveBufferBytes: Int? = nil) throws -> TestPeer {
        TestPeer(try .connect(port, receiveBufferBytes: receiveBufferBytes))
    }

    func write(_ text: String) throws { try socket.write(text) }

    /// A head, up to and without its empty line.
    func readHead() throws -> TestMessage {
        let lines = String(decoding: try readUpTo("\r\n\r\n"), as: UTF8.self).split(separator: "\r\n")
        let fields = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.startIndex
            return (name: String(line[..<colon]), value: String(line[colon...].dropFirst().drop { $0 == " " }))
        }
        return TestMessage(start: String(lines.first ?? ""), fields: fields)
    }

    /// A request with its body.
    func readRequest() throws -> TestMessage {
        var message = try readHead()
        try readBody(&message)
        return message
    }

    /// A final response with its body; interim ones are skipped.
    func readResponse(toHEAD isHEAD: Bool = false) throws -> TestMessage {
        var message = try readHead()
        while (100..<200).contains(message.status), message.status != 101 { message = try readHead() }
        if isHEAD || message.status == 204 || message.status == 304 || message.status == 101 { return message }
        if message["Content-Length"] == nil, message["Transfer-Encoding"] == nil {
            message.body = try readRest()
        } else {
            try readBody(&message)
        }
        return message
    }

    /// Sends and reads the response.
    func exchange(_ request: String, isHEAD: Bool = false) throws -> TestMessage {
        try write(request)
        return try readResponse(toHEAD: isHEAD)
    }

    func readBody(_ message: inout TestMessage) throws {
        if message["Transfer-Encoding"] == "chunked" {
            while true {
                let size = Int(String(decoding: try readUpTo("\r\n"), as: UTF8.self).prefix { $0 != ";" }, radix: 16) ?? 0
                if size == 0 { break }
                message.body += try read(exactly: size)
                _ = try read(exactly: 2)
            }
            while case let line = String(decoding: try readUpTo("\r\n"), as: UTF8.self), !line.isEmpty { message.trailers.append(line) }
        } else if let length = message["Content-Length"].flatMap({ Int($0) }) {
            message.body = try read(exactly: length)
        }
    }

    func read(exactly count: Int) throws -> [UInt8] {
        while unread.count < count { try fill() }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    /// Reads past so many bytes.
    func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            if unread.isEmpty { try fill() }
            let taken = min(left, unread.count)
            unread.removeFirst(taken)
            left -= taken
        }
    }

    /// What was read ahead, and what follows up to the end.
    func readRest() throws -> [UInt8] {
        let rest = unread + (try socket.readToEnd().bytes)
        unread = []
        return rest
    }

    /// How the connection ends, with what comes before.
    func readEnding() throws -> (bytes: [UInt8], ending: TestSocket.Ending) {
        let end = try socket.readToEnd()
        return (unread + end.bytes, end.ending)
    }

    private func readUpTo(_ mark: String) throws -> [UInt8] {
        let mark = Array(mark.utf8)
        var searched = 0
        while true {
            var index = searched
            while index + mark.count <= unread.count {
                if unread[index] == mark[0], Array(unread[index..<(index + mark.count)]) == mark {
                    let found = Array(unread[..<index])
                    unread.removeFirst(index + mark.count)
                    return found
                }
                index += 1
            }
            searched = max(0, unread.count - mark.count)
            try fill()
        }
    }

    private func fill() throws {
        let bytes = try socket.read()
        guard !bytes.isEmpty else { throw Ended() }
        unread += bytes
    }
}
