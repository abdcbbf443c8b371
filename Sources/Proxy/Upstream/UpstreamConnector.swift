internal import NIOCore
internal import NIOPosix
internal import Routing

/// Makes connections to endpoints. The place where an upstream that wants TLS would get its handler, in front of the connection's.
enum UpstreamConnector {
    /// Begins to connect. The exchange hears of the outcome from the connection, which may be before this returns.
    static func connect(_ connection: UpstreamConnection, on loop: ProxyLoop) {
        let endpoint = connection.endpoint
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(TimeAmount(loop.configuration.timeouts.upstreamConnect))
            .channelOption(.recvAllocator, value: ChannelMemory.receiveAllocator)
            // When the upstream ends its side, the channel reads everything that is left at once, whether we want to read or not.
            .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(loop.configuration.limits.upstreamReceiveBufferBytes))
        let attempt =
            if let address = endpoint.socketAddress {
                bootstrap.connect(to: address)
            } else {
                // Looked up by getaddrinfo on a thread of its own; then the addresses race, RFC 8305.
                bootstrap.connect(host: endpoint.address.address, port: endpoint.address.port)
            }
        attempt.assumeIsolated().whenComplete { result in
            do {
                // Only the channel that won the race gets the handler. Nothing can have been read: that takes a turn of the loop.
                try result.get().pipeline.syncOperations.addHandler(connection)
                connection.connected()
            } catch {
                connection.connectFailed(error)
            }
        }
    }
}
