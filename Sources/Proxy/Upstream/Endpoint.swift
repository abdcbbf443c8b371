internal import NIOCore
internal import Routing

/// One address that requests are sent to, with the idle connections of one loop to it. Used on that loop only.
final class Endpoint {
    /// What the routes say.
    let address: UpstreamEndpoint
    /// Whether the address is a DNS name, of an `ExternalName` Service, that is looked up for each new connection.
    let isName: Bool
    /// Where to connect to; nil when it has to be looked up.
    let socketAddress: SocketAddress?
    /// Whether no route leads here any more; connections in use are closed afterwards.
    private(set) var isRetired = false
    /// The one used last at the end: it is taken first, so that those that are too many grow old.
    private var idle: [UpstreamConnection] = []

    init(_ address: UpstreamEndpoint, isName: Bool) {
        self.address = address
        self.isName = isName
        socketAddress = isName ? nil : try? SocketAddress(ipAddress: address.address, port: address.port)
    }

    var idleCount: Int { idle.count }

    /// A connection that waits for work; it is not idle any more.
    @inline(__always)
    func takeIdle() -> UpstreamConnection? { idle.popLast() }

    /// Keeps a connection for the next request.
    ///
    /// - Returns: whether there was room; else the caller closes it.
    @inline(__always)
    func keep(_ connection: UpstreamConnection, atMost limit: Int) -> Bool {
        guard !isRetired, idle.count < limit else { return false }
        idle.append(connection)
        return true
    }

    /// Forgets a connection that closed while it was idle.
    func forget(_ connection: UpstreamConnection) {
        if let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
    }

    /// Closes what is idle; called when the routes do not have this endpoint any more.
    func retire() {
        isRetired = true
        let connections = idle
        idle = []
        for connection in connections { connection.close() }
    }
}
