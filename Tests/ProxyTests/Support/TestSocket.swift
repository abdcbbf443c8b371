import Glibc
import NIOCore

/// A blocking TCP socket, for peers that do exactly what a test says. Calls give up after some seconds.
final class TestSocket: Sendable {
    /// How a connection came to its end.
    enum Ending: Equatable {
        case proper
        case reset
    }

    struct Failure: Error, CustomStringConvertible {
        let call: String
        let code: CInt
        var description: String { "\(call): errno \(code)" }
        var isReset: Bool { code == ECONNRESET || code == EPIPE }
    }

    private let descriptor: CInt

    init(descriptor: CInt) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 8, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var yes: CInt = 1
        _ = unsafe setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit { Glibc.close(descriptor) }

    /// Connects to a port of this machine.
    static func connect(_ port: Int, receiveBufferBytes: Int? = nil) throws -> TestSocket {
        let socket = TestSocket(descriptor: Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
        if let receiveBufferBytes { socket.setBuffer(SO_RCVBUF, receiveBufferBytes) }
        var address = localAddress(port)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect", code: errno) }
        return socket
    }

    /// Listens on a free port of this machine.
    static func listen(isListening: Bool = true) throws -> (socket: TestSocket, port: Int) {
        let socket = TestSocket(descriptor: Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
        var address = localAddress(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket.descriptor, $0, size) == 0 && (!isListening || Glibc.listen(socket.descriptor, 512) == 0)
                    && getsockname(socket.descriptor, $0, &size) == 0
            }
        }
        guard result else { throw Failure(call: "listen", code: errno) }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func localAddress(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// The next connection, or nil when the socket was shut down.
    func accept() -> TestSocket? {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 { return TestSocket(descriptor: accepted) }
            guard errno == EINTR || errno == EAGAIN else { return nil }
        }
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(call: "send", code: errno) }
            sent += count
        }
    }

    /// What is there, after waiting for at least one byte; empty at the end.
    func read(atMost limit: Int = 65536) throws -> [UInt8] {
        while true {
            var failure: CInt = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let got = unsafe recv(descriptor, buffer.baseAddress, limit, 0)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw Failure(call: "recv", code: failure) }
            return bytes
        }
    }

    /// Whether there is nothing to read for a while.
    func isSilent(for duration: Duration) throws -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let milliseconds = CInt(duration / .milliseconds(1))
        return unsafe poll(&item, 1, milliseconds) == 0
    }

    /// Everything up to the end, and what kind of end it was.
    func readToEnd() throws -> (bytes: [UInt8], ending: Ending) {
        var all: [UInt8] = []
        do {
            while true {
                let bytes = try read()
                if bytes.isEmpty { return (all, .proper) }
                all += bytes
            }
        } catch let failure as Failure where failure.isReset {
            return (all, .reset)
        }
    }

    func endOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Ends both directions; wakes whoever waits on the socket.
    func end() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Ends with a reset once the object is gone.
    func resetAtEnd() {
        var value = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    func setBuffer(_ name: CInt, _ bytes: Int) {
        var value = CInt(bytes)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }
}

/// A port of this machine that nobody listens on, nor can begin to while the object lives.
struct ClosedPort {
    let port: Int
    private let socket: TestSocket

    init() throws { (socket, port) = try TestSocket.listen(isListening: false) }
}
