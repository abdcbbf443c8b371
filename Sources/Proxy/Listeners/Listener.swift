internal import Core
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Opens the listening sockets: for each address one per loop, which the kernel spreads connections over (`SO_REUSEPORT`). So an accepted
/// connection never changes its thread.
enum Listener {
    /// Listens on one address on all loops.
    ///
    /// - Returns: the address with the port that was chosen if it was 0.
    static func open(
        _ address: ListenAddress, isTLS: Bool, backlog: Int, on loops: [NIOLoopBoundBox<ProxyLoop>]
    ) async throws(ProxyError) -> ListenAddress {
        var target: SocketAddress
        do {
            target = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
        } catch {
            throw ProxyError(code: .addressInvalid, subject: "\(address)", detail: "\(error)")
        }
        do {
            if address.port != 0 { try PortProbe.check(target) }
            for loop in loops {
                let channel = try await bootstrap(loop, isTLS: isTLS, backlog: backlog).bind(to: target).get()
                // The first socket chooses the port for all of them.
                if let port = channel.localAddress?.port { target.port = port }
            }
        } catch {
            throw failure(error, address)
        }
        return ListenAddress(host: address.host, port: target.port ?? address.port)
    }

    private static func failure(_ error: any Error, _ address: ListenAddress) -> ProxyError {
        let number = (error as? IOError)?.errnoCode
        return ProxyError(code: number == EADDRINUSE ? .addressInUse : .bindFailed, subject: "\(address)", detail: "\(error)")
    }

    private static func bootstrap(_ loop: NIOLoopBoundBox<ProxyLoop>, isTLS: Bool, backlog: Int) -> ServerBootstrap {
        let eventLoop = loop.eventLoop
        return ServerBootstrap(group: eventLoop, childGroup: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
            .serverChannelOption(.backlog, value: CInt(clamping: backlog))
            // One accept per readiness: a second one, to find that there is nothing, costs as much as the first.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(loop: loop.value))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel, loop.value, isTLS: isTLS) }
            }
    }

    private static func setUp(_ channel: any Channel, _ loop: ProxyLoop, isTLS: Bool) throws {
        if let options = channel.syncOptions {
            try options.setOption(.recvAllocator, value: ChannelMemory.receiveAllocator)
            // A client may end its side when it has sent its request, and still wants the response. RFC 9112 §9.6.
            try options.setOption(.allowRemoteHalfClosure, value: true)
        }
        let operations = channel.pipeline.syncOperations
        let ciphertextWriter = isTLS ? CiphertextWriter() : nil
        let connection = DownstreamConnection(loop: loop, ciphertextWriter: ciphertextWriter)
        if let ciphertextWriter {
            try operations.addHandler(ciphertextWriter)
            try operations.addHandler(ClientHelloHandler(loop: loop, connection: connection))
        }
        try operations.addHandler(connection)
    }
}
