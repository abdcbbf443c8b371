internal import Glibc

/// An address and port as the kernel takes them.
struct SocketAddress: Hashable, Sendable {
    /// A `sockaddr_in` or `sockaddr_in6`.
    private let octets: [UInt8]
    let family: CInt

    /// Reads numbers only: never asks anybody. An IPv6 address may have a zone, as in `fe80::1%eth0`.
    init?(numeric host: String, port: UInt16) {
        guard let address = SocketAddress.lookup(host, port: port, flags: AI_NUMERICHOST | AI_NUMERICSERV).addresses.first else {
            return nil
        }
        self = address
    }

    private init(octets: [UInt8], family: CInt) {
        self.octets = octets
        self.family = family
    }

    /// What the system finds for a host, in its order of preference; or its words. Blocks.
    static func lookup(_ host: String, port: UInt16) -> (addresses: [SocketAddress], problem: String?) {
        lookup(host, port: port, flags: AI_NUMERICSERV)
    }

    private static func lookup(_ host: String, port: UInt16, flags: CInt) -> (addresses: [SocketAddress], problem: String?) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags
        unsafe hints.ai_socktype = CInt(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard status == 0 else { return ([], unsafe String(cString: gai_strerror(status))) }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            let info = unsafe entry.pointee
            if unsafe info.ai_family == AF_INET || info.ai_family == AF_INET6, let address = unsafe info.ai_addr {
                let octets = unsafe Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
                unsafe found.append(SocketAddress(octets: octets, family: info.ai_family))
            }
            unsafe next = info.ai_next
        }
        return (found, nil)
    }

    /// Lends the address for a system call.
    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
        unsafe octets.withUnsafeBytes { bytes in
            // SAFETY: the octets came from a `sockaddr` of this length; arrays are aligned to 16.
            guard let start = bytes.baseAddress else { return nil }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
