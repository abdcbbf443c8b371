public import Core
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The HTTP server behind `--admin`: health, readiness, the status API and the operations of an operator. Never on the data path;
/// swift-nio's own HTTP/1 pipeline serves it, since nothing here is hot.
public final class AdminServer: Sendable {
    /// Answers one request. Called on any thread.
    public typealias Handler = @Sendable (AdminRequest) async -> AdminResponse

    /// Where it listens, with the port that the kernel chose when 0 was asked for.
    public let address: ListenAddress
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let connections: AdminConnections

    /// Binds and starts to answer.
    ///
    /// - Parameters:
    ///   - credentials: who may use it.
    ///   - eventTimeout: how long a reader of a stream of events may take for one piece. Beyond: the connection is closed.
    /// - Throws: ``AdminError`` when the address cannot be bound.
    public static func start(
        on address: ListenAddress, credentials: AdminCredentials = AdminCredentials(.loopbackOnly),
        eventTimeout: Duration = .seconds(60), handler: @escaping Handler
    ) async throws(AdminError) -> AdminServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = AdminConnections(max: AdminLimits.connectionsMax)
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.so_sndbuf), value: AdminLimits.sendBufferBytes)
                .childChannelInitializer { channel in
                    connections.add(channel)
                    let gate = AdminGate(
                        credentials: credentials, isLoopback: address.isLoopback, remote: channel.remoteAddress?.ipAddress ?? "")
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                        try pipeline.addHandler(IdleStateHandler(allTimeout: AdminLimits.idleTimeout))
                        try pipeline.addHandler(
                            AdminChannelHandler(handler: handler, gate: gate, connections: connections, eventTimeout: eventTimeout))
                    }
                }
                .bind(host: address.host, port: address.port).get()
            return AdminServer(
                address: ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port), group: group,
                channel: channel,
                connections: connections)
        } catch {
            try? await group.shutdownGracefully()
            throw AdminError(address: address, reason: "\(error)")
        }
    }

    private init(
        address: ListenAddress, group: MultiThreadedEventLoopGroup, channel: any Channel, connections: AdminConnections
    ) {
        self.connections = connections
        self.address = address
        self.group = group
        self.channel = channel
    }

    /// Stops listening and ends the thread; streams of events end, requests in progress are cut.
    public func stop() async {
        try? await channel.close().get()
        await connections.endStreams()
        try? await group.shutdownGracefully()
    }
}

/// The admin address cannot be used.
public struct AdminError: Error, CustomStringConvertible {
    /// What was asked for.
    public let address: ListenAddress
    /// The system's words.
    public let reason: String

    /// One line for an operator.
    public var description: String { "cannot listen for the admin API on \(address): \(reason)" }
}
