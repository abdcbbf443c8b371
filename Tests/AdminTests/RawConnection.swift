import FoundationEssentials
import Glibc

/// A connection to a server on this machine that sends what it is told, byte by byte if need be, and reads when it is told.
final class RawConnection: Sendable {
    private let socket: Int32

    init(port: Int, receiveBufferBytes: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure(what: "socket: \(errno)") }
        if var bytes = receiveBufferBytes {
            // SAFETY: the option is an Int32, which lives as long as the call.
            _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        // SAFETY: a sockaddr_in is a sockaddr of its length.
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: \(errno)") }
    }

    deinit { close(socket) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        // SAFETY: the bytes live as long as the call.
        _ = unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Says that nothing more comes, and that nothing more is wanted.
    func end() { _ = shutdown(socket, Int32(SHUT_RDWR)) }

    /// Reads until a text has come, or the other side closes or says nothing for half a minute. Waits without holding up a thread: there are
    /// as few of them as cores, and the server needs some.
    func read(until end: String? = nil) async -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while ContinuousClock.now < deadline {
            // SAFETY: at most as many bytes as the buffer has.
            let count = unsafe recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN {
                try? await Task.sleep(for: .milliseconds(5))
                continue
            }
            guard count > 0 else { break }
            deadline = .now.advanced(by: .seconds(30))
            all += buffer[..<count]
            if let end, String(decoding: all, as: UTF8.self).contains(end) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Whether the other side has closed.
    var isClosed: Bool {
        var byte: UInt8 = 0
        // SAFETY: one byte.
        let count = unsafe recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }

    struct Failure: Error {
        let what: String
    }
}
