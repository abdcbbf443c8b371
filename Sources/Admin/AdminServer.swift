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

    /// Binds and starts to answer.
    ///
    /// - Parameter access: who may send POST requests.
    /// - Throws: ``AdminError`` when the address cannot be bound.
    public static func start(
        on address: ListenAddress, access: AdminAccess = .loopbackOnly, handler: @escaping Handler
    ) async throws(AdminError) -> AdminServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                        try pipeline.addHandler(IdleStateHandler(allTimeout: AdminLimits.idleTimeout))
                        try pipeline.addHandler(AdminChannelHandler(handler: handler, access: access, isLoopback: address.isLoopback))
                    }
                }
                .bind(host: address.host, port: address.port).get()
            return AdminServer(
                address: ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port), group: group, channel: channel
            )
        } catch {
            try? await group.shutdownGracefully()
            throw AdminError(address: address, reason: "\(error)")
        }
    }

    private init(address: ListenAddress, group: MultiThreadedEventLoopGroup, channel: any Channel) {
        self.address = address
        self.group = group
        self.channel = channel
    }

    /// Stops listening and ends the thread; requests in progress are cut.
    public func stop() async {
        try? await channel.close().get()
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

/// Bounds of the admin API.
enum AdminLimits {
    /// A connection that neither sends nor receives for this long is closed, unless an answer is being worked out; a status table is asked
    /// for in one piece.
    static let idleTimeout = TimeAmount.seconds(30)
    /// Bytes of a request's body. Beyond: 413 for an operation, and the connection is closed. The longest sensible body names a few
    /// hundred Secrets.
    static let bodyBytesMax = 64 * 1024
}
