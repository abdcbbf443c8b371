internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A DNS server that says what a test wants it to say, over UDP and TCP on one port. Closed with its owner.
public final class DNSServer: Sendable {
    /// What goes back for one message.
    public enum Reply: Sendable {
        /// Nothing.
        case silence
        /// Messages: datagrams, or behind their length on a connection.
        case messages([[UInt8]])
        /// Bytes as they are on a connection, which is closed behind them if wanted; as a datagram otherwise.
        case raw([UInt8], closes: Bool)
        /// A byte every so often, as a message on a connection.
        case slowly([UInt8], every: Duration)

        /// One message.
        public static func message(_ bytes: [UInt8]) -> Reply { .messages([bytes]) }
    }

    /// The script.
    public typealias Script = @Sendable (DNSRequest) -> Reply

    /// Where it listens.
    public let port: Int
    private let channels: [any Channel]
    private let log: Log

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - host: 127.0.0.1 or another address of the loopback network.
    ///   - port: 0 for one of the system's choice.
    public init(host: String = "127.0.0.1", port: Int = 0, script: @escaping Script) async throws {
        let log = Log()
        // The kernel chooses for UDP; somebody else may have the same port for TCP.
        for attempt in 0... {
            let datagrams = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { $0.pipeline.addHandler(DatagramHandler(script: script, log: log)) }
                .bind(host: host, port: port).get()
            let chosen = datagrams.localAddress?.port ?? 0
            do {
                let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(script: script, log: log))
                        }
                    }
                    .bind(host: host, port: chosen).get()
                self.port = chosen
                channels = [datagrams, listener]
                self.log = log
                return
            } catch {
                try? await datagrams.close()
                if port != 0 || attempt == 9 { throw error }
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    deinit { for channel in channels { channel.close(promise: nil) } }

    /// All messages so far.
    public var requests: [DNSRequest] { log.requests.withLock { $0 } }

    /// `127.0.0.1:PORT` when that is the host.
    public var address: String { "127.0.0.1:\(port)" }

    /// A server that knows these records and is authoritative for all of them. Aliases are followed as far as it knows them; a name without
    /// the type asked for is empty, with the SOA record of the nearest zone above.
    public convenience init(host: String = "127.0.0.1", port: Int = 0, records: [DNSScriptRecord]) async throws {
        try await self.init(host: host, port: port) { .message(DNSServer.lookUp($0, in: records)) }
    }

    /// What a server of these records answers.
    public static func lookUp(_ request: DNSRequest, in records: [DNSScriptRecord]) -> [UInt8] {
        var answers: [DNSScriptRecord] = []
        var name = request.name
        var left = 20
        while request.type != 5, let alias = records.first(where: { $0.name == name && $0.type == 5 }), left > 0 {
            answers.append(alias)
            name = labels(alias.data)
            left -= 1
        }
        let found = records.filter { $0.name == name && $0.type == request.type }
        let zones = records.filter { $0.type == 6 && (name == $0.name || name.hasSuffix("." + $0.name)) }
        let zone = zones.max { $0.name.utf8.count < $1.name.utf8.count }
        let exists = records.contains { $0.name == name || $0.name.hasSuffix("." + name) }
        return DNSReply.answer(
            request, code: exists || zone == nil ? 0 : 3, flags: 0x0400, answers: answers + found,
            authority: found.isEmpty ? [zone].compactMap(\.self) : [])
    }

    private static func labels(_ wire: [UInt8]) -> String {
        var labels: [String] = []
        var position = 0
        while position < wire.count, wire[position] > 0 {
            let end = position + 1 + Int(wire[position])
            labels.append(String(decoding: wire[(position + 1)..<end], as: UTF8.self))
            position = end
        }
        return labels.joined(separator: ".")
    }
}

/// What has come in.
private final class Log: Sendable {
    let requests = Mutex<[DNSRequest]>([])

    func request(_ bytes: [UInt8], isTCP: Bool, from address: SocketAddress?) -> DNSRequest {
        requests.withLock { requests in
            let request = DNSRequest(bytes: bytes, isTCP: isTCP, earlier: requests.count, sourcePort: address?.port ?? 0)
            requests.append(request)
            return request
        }
    }
}

private final class DatagramHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let script: DNSServer.Script
    private let log: Log

    init(script: @escaping DNSServer.Script, log: Log) {
        self.script = script
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let request = log.request(Array(envelope.data.readableBytesView), isTCP: false, from: envelope.remoteAddress)
        let datagrams: [[UInt8]] =
            switch script(request) {
            case .silence, .slowly: []
            case .messages(let messages): messages
            case .raw(let bytes, _): [bytes]
            }
        for bytes in datagrams {
            let answer = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes))
            context.write(wrapOutboundOut(answer), promise: nil)
        }
        context.flush()
    }
}

private final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: DNSServer.Script
    private let log: Log
    private var received: [UInt8] = []

    init(script: @escaping DNSServer.Script, log: Log) {
        self.script = script
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        while received.count >= 2 {
            let end = 2 + (Int(received[0]) << 8 | Int(received[1]))
            guard received.count >= end else { return }
            let message = Array(received[2..<end])
            received.removeFirst(end)
            answer(log.request(message, isTCP: true, from: context.remoteAddress), context)
        }
    }

    private func answer(_ request: DNSRequest, _ context: ChannelHandlerContext) {
        switch script(request) {
        case .silence: break
        case .messages(let messages):
            for message in messages { write(DNSReply.word(UInt16(message.count)) + message, context) }
        case .raw(let bytes, let closes):
            write(bytes, context)
            if closes { context.close(promise: nil) }
        case .slowly(let message, let pause):
            let bytes = DNSReply.word(UInt16(message.count)) + message
            let channel = context.channel
            for (index, byte) in bytes.enumerated() {
                let (seconds, atto) = (pause * index).components
                let delay = TimeAmount.nanoseconds(seconds * 1_000_000_000 + atto / 1_000_000_000)
                channel.eventLoop.scheduleTask(in: delay) { channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
            }
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
