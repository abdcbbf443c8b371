import Core
import FoundationEssentials
import Logging
import NIOCore
import NIOEmbedded
import Policies
import Testing

@testable import Proxy

@Suite("Listeners") struct ListenerTests {
    private func server(_ http: [ListenAddress], threads: Int = 1) throws -> ProxyServer {
        guard let tls = try TLSPolicySet.shipped()["intermediate"] else { throw World.Missing(what: "policy") }
        let configuration = ProxyConfiguration(http: http, https: [], threads: threads, tls: tls)
        return ProxyServer(configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `all loops listen on the port that the first one got`() async throws {
        let backend = try Backend.named("x")
        try await withWorld(threads: 4, Make.site(ports: [backend.port])) { world in
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<64 {
                    tasks.addTask { try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n").status }
                }
                for try await status in tasks { #expect(status == 200) }
            }
            // Each loop has connections of its own to the upstream.
            #expect(backend.connections > 1)
        }
    }

    @Test func `an address in use is refused, although the loops share theirs`() async throws {
        let first = try server([ListenAddress(host: "127.0.0.1", port: 0)], threads: 2)
        let address = try #require(try await first.start().http.first)
        let second = try server([address], threads: 2)
        let error = await #expect(throws: ProxyError.self) { try await second.start() }
        #expect(error?.code == .addressInUse)
        #expect(error?.description == "cannot listen on \(address): the address is in use")
        await second.drain(deadline: .zero)
        await #expect(throws: ProxyError.self) { try await first.start() }
        await first.drain(deadline: .zero)
    }

    @Test func `an address that is none is refused`() async throws {
        let server = try server([ListenAddress(host: "no such host.", port: 0)])
        let error = await #expect(throws: ProxyError.self) { try await server.start() }
        #expect(error?.code == .addressInvalid)
        await server.drain(deadline: .zero)
    }

    @Test func `IPv6 listens for IPv4 as well, and shows IPv4 addresses as such`() async throws {
        let backend = try Backend.echo()
        try await withWorld(
            Make.site(ports: [backend.port]), configure: { $0.http = [ListenAddress(host: "::", port: 0)] }
        ) { world in
            let response = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(response.text.contains("X-Real-IP: 127.0.0.1\n"))
        }
    }

    @Test func `connections over the limit wait until one closes`() async throws {
        let backend = try Backend.named("x")
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.connectionsPerLoopMax = 2 }) { world in
            let get = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"
            let (third, wasSilent) = try await Threads.run {
                let clients = try (0..<2).map { _ in try world.connect() }
                for client in clients { _ = try client.exchange(get) }
                let third = try world.connect()
                try third.write(get)
                let wasSilent = try third.socket.isSilent(for: .milliseconds(200))
                clients[0].socket.end()
                return (try third.readResponse().status, wasSilent)
            }
            #expect(wasSilent)
            #expect(third == 200)
            #expect(await world.server.counters().acceptPauses >= 1)
        }
    }

    @Test func `a listener out of descriptors does not spin`() async throws {
        let loop = try TestLoop()
        let reads = ReadCounter()
        let channel = EmbeddedChannel(handlers: [reads, AcceptGate(loop: loop.loop)], loop: loop.embedded)
        channel.pipeline.read()
        #expect(reads.count == 1)
        channel.pipeline.fireErrorCaught(IOError(errnoCode: 24 /* EMFILE */, reason: "accept"))
        channel.pipeline.read()
        channel.pipeline.read()
        #expect(reads.count == 1)
        loop.embedded.advanceTime(by: .milliseconds(499))
        #expect(reads.count == 1)
        loop.embedded.advanceTime(by: .milliseconds(1))
        #expect(reads.count == 2)
        // Another failure is nobody's fault but the peer's.
        channel.pipeline.fireErrorCaught(IOError(errnoCode: 103 /* ECONNABORTED */, reason: "accept"))
        channel.pipeline.read()
        #expect(reads.count == 3)
        _ = try channel.finish()
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = Never
        var count = 0
        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }
}
