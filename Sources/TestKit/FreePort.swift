internal import Glibc

/// Ports that nobody listens on right now, for programs that cannot choose one by themselves.
public enum FreePort {
    /// There is none.
    public struct Failure: Error {}

    /// Several different ones of 127.0.0.1. The kernel gives a port out again only after it has gone through the others.
    public static func several(_ count: Int) throws(Failure) -> [Int] {
        var sockets: [CInt] = []
        defer { for socket in sockets { close(socket) } }
        var ports: [Int] = []
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw Failure() }
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            guard bound else { throw Failure() }
            ports.append(Int(UInt16(bigEndian: address.sin_port)))
        }
        return ports
    }

    /// One.
    public static func one() throws(Failure) -> Int { try several(1)[0] }
}
