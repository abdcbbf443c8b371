internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

extension FakeAPIServer {
    /// What lives as long as connections do: the objects and the channels.
    final class Core: Sendable {
        let state = Mutex(State())
        private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

        /// - Returns: the port.
        func listen(port: Int, tls: NIOSSLContext?) async throws -> Int {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    FakeAPIServer.initialize(channel, tls: tls).map { connection in
                        self.track(channel)
                        // From here at once: a wrapped channel that nobody takes over, since the port closes just then, traps.
                        Task { try? await self.serve(connection) }
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
            track(server)
            return server.localAddress?.port ?? 0
        }

        private func track(_ channel: any Channel) {
            let id = ObjectIdentifier(channel as AnyObject)
            channels.withLock { $0[id] = channel }
            channel.closeFuture.whenComplete { [weak self] _ in self?.channels.withLock { $0[id] = nil } }
        }

        func closeAll() {
            for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
            state.withLock { state in
                for watcher in state.watchers.values { watcher.output.finish() }
                state.watchers = [:]
            }
        }

        func waitUntilClosed() async {
            for channel in channels.withLock({ Array($0.values) }) { try? await channel.closeFuture.get() }
        }

        private func serve(_ connection: HTTPChannel) async throws {
            let number = state.withLock { state in
                state.connections += 1
                return state.connections
            }
            try await connection.executeThenClose { inbound, outbound in
                var head: HTTPRequestHead?
                var body: [UInt8] = []
                for try await part in inbound {
                    switch part {
                    case .head(let next):
                        head = next
                        body = []
                    case .body(let bytes): body += Array(buffer: bytes)
                    case .end:
                        guard let head else { continue }
                        let request = Request(
                            method: head.method.rawValue, uri: head.uri,
                            headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
                            body: body,
                            connection: number, clientCertificate: await FakeAPIServer.clientCertificate(of: connection.channel))
                        try await Exchange(core: self, request: request, channel: connection.channel, outbound: outbound).run()
                    }
                }
            }
        }
    }
}
