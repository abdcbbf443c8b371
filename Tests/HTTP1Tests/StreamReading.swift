import HTTP1
import NIOCore
import NIOEmbedded
import NIOHTTP1

/// A message as far as both parsers tell of it.
struct ReadMessage: Hashable, CustomStringConvertible {
    var start = ""
    var fields: [String] = []
    var body: [UInt8] = []
    var trailers: [String] = []

    var description: String { "\(start) \(fields) body \(String(decoding: body, as: UTF8.self).debugDescription) trailers \(trailers)" }
}

/// The messages of a connection that were read to their end, and why there are no more.
struct StreamReading: Hashable {
    var messages: [ReadMessage] = []
    /// Of ours; ``MessageFault/truncated`` when the connection ended within a message.
    var fault: MessageFault?
    /// Whether ours stopped because the connection is not to be used any more.
    var isStopped = false
}

/// Reads a connection with this module as the proxy does.
enum OwnReading {
    static func requests(_ bytes: [UInt8]) -> StreamReading {
        var reading = StreamReading()
        var rest = bytes
        var parser = RequestHeadParser()
        do throws(MessageFault) {
            while !rest.isEmpty, !reading.isStopped {
                let progress = try lend(rest) { raw throws(MessageFault) in try parser.parse(raw) }
                guard progress == .complete else {
                    // Empty lines are not yet a message.
                    if !rest.allSatisfy({ $0 == 13 || $0 == 10 }) { reading.fault = .truncated }
                    return reading
                }
                let facts = RequestFacts(parser.head, rest)
                var message = ReadMessage(start: "\(facts.methodText) \(facts.target) \(facts.version)", fields: facts.fields)
                rest.removeFirst(facts.length)
                try readBody(facts.framing, &rest, &message)
                reading.messages.append(message)
                reading.isStopped = !facts.keepAlive || facts.method == .connect || asksForUpgrade(facts)
                parser.reset()
            }
        } catch {
            reading.fault = error
        }
        return reading
    }

    static func response(_ bytes: [UInt8], to method: Method) -> StreamReading {
        var reading = StreamReading()
        var rest = bytes
        var parser = ResponseHeadParser()
        parser.reset(for: method, upgradeWasAsked: true)
        do throws(MessageFault) {
            while true {
                let progress = try lend(rest) { raw throws(MessageFault) in try parser.parse(raw) }
                guard progress == .complete else { throw MessageFault.truncated }
                let facts = ResponseFacts(parser.head, rest)
                var message = ReadMessage(start: "\(facts.status) \(facts.version)", fields: facts.fields)
                rest.removeFirst(facts.length)
                try readBody(facts.framing, &rest, &message)
                reading.messages.append(message)
                if facts.status >= 200 || facts.status == 101 { break }
                parser.resetAfterInterim()
            }
        } catch {
            reading.fault = error
        }
        return reading
    }

    private static func readBody(_ framing: Framing, _ rest: inout [UInt8], _ message: inout ReadMessage) throws(MessageFault) {
        var reader = BodyReader(framing)
        switch reader.read(rest) {
        case .complete(_, let trailers, let left):
            message.trailers = trailers
            rest.removeFirst(rest.count - left)
        case .needsMore:
            try reader.decoder.end()
            rest = []
        case .refused(let fault, _): throw fault
        }
        message.body = reader.content
    }

    private static func asksForUpgrade(_ facts: RequestFacts) -> Bool {
        let fields = facts.fields.map { $0.lowercased() }
        return fields.contains { $0.hasPrefix("upgrade=") } && fields.contains { $0.hasPrefix("connection=") && $0.contains("upgrade") }
    }
}

/// Reads connections with llhttp as swift-nio drives it. One channel serves all, since making one costs more than reading.
final class LLHTTPReading {
    private let channel = EmbeddedChannel()

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    func requests(_ bytes: [UInt8]) -> StreamReading {
        var reading = StreamReading()
        var message = ReadMessage()
        run(ByteToMessageHandler(HTTPRequestDecoder()), bytes)
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                message = ReadMessage(
                    start: "\(head.method.rawValue) \(head.uri) \(Self.name(head.version))", fields: Self.texts(head.headers))
            case .body(let buffer): message.body += Array(buffer.readableBytesView)
            case .end(let trailers):
                message.trailers = trailers.map(Self.texts) ?? []
                reading.messages.append(message)
            }
        }
        return reading
    }

    func response(_ bytes: [UInt8], to method: Method) -> StreamReading {
        var reading = StreamReading()
        var message = ReadMessage()
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
        run(ByteToMessageHandler(decoder), bytes, method: method == .head ? .HEAD : .GET)
        while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                message = ReadMessage(start: "\(head.status.code) \(Self.name(head.version))", fields: Self.texts(head.headers))
                // swift-nio tells of no end of an interim response.
                if head.status.code < 200, head.status.code != 101 { reading.messages.append(message) }
            case .body(let buffer): message.body += Array(buffer.readableBytesView)
            case .end(let trailers):
                message.trailers = trailers.map(Self.texts) ?? []
                reading.messages.append(message)
            }
        }
        return reading
    }

    /// Shows all bytes and the end of the connection to a new decoder. Faults show by what is missing.
    private func run(_ decoder: ByteToMessageHandler<some ByteToMessageDecoder>, _ bytes: [UInt8], method: HTTPMethod? = nil) {
        let pipeline = channel.pipeline.syncOperations
        _ = try? pipeline.addHandler(decoder, name: "decoder")
        if let method {
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
            _ = try? channel.writeOutbound(HTTPClientRequestPart.head(head))
            _ = try? channel.readOutbound(as: HTTPClientRequestPart.self)
        }
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        if let context = try? pipeline.context(name: "decoder") { _ = pipeline.removeHandler(context: context) }
        channel.embeddedEventLoop.run()
        _ = try? channel.throwIfErrorCaught()
    }

    /// llhttp leaves whitespace at the end of a value, which RFC 9110 §5.5 takes off.
    private static func texts(_ headers: HTTPHeaders) -> [String] {
        headers.map { name, value in
            var kept = value[...]
            while kept.last == " " || kept.last == "\t" { kept.removeLast() }
            return "\(name)=\(kept)"
        }
    }

    private static func name(_ version: HTTPVersion) -> ProtocolVersion { version == .http1_0 ? .http10 : .http11 }
}
