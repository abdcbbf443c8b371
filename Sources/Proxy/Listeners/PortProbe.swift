internal import Glibc
internal import NIOCore

/// Finds out whether somebody else listens on an address already.
///
/// With `SO_REUSEPORT`, which lets the loops share a port, the kernel would let a second process of the same user share it too, and
/// each would get part of the connections. So the address is bound once without that option first, and let go of again.
enum PortProbe {
    /// - Throws: the `errno` of `bind` as an `IOError`, most often `EADDRINUSE` or `EACCES`.
    static func check(_ address: SocketAddress) throws {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        defer { Glibc.close(descriptor) }
        // As the listeners do: connections of an earlier run in TIME_WAIT are no obstacle.
        var yes: CInt = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let result = unsafe address.withSockAddr { pointer, size in unsafe bind(descriptor, pointer, socklen_t(size)) }
        guard result == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }
}
