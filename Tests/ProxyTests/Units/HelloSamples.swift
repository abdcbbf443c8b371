import NIOCore
import NIOEmbedded
import NIOSSL

/// ClientHello messages: real ones, and ones put together byte by byte.
enum HelloSamples {
    /// What BoringSSL sends: GREASE, a post-quantum key share, and all.
    static func real(serverName: String?, protocols: [String] = ["h2", "http/1.1"]) throws -> [UInt8] {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = protocols
        let channel = EmbeddedChannel(
            handler: try NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: serverName))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        _ = try? channel.finish()
        return bytes
    }

    static func name(_ text: String) -> [UInt8] {
        let name = Array(text.utf8)
        return u16(0) + vector16(vector16([0] + vector16(name)))
    }

    static func protocols(_ names: [String]) -> [UInt8] {
        u16(16) + vector16(vector16(names.flatMap { vector8(Array($0.utf8)) }))
    }

    static func versions(_ versions: [UInt16]) -> [UInt8] { u16(43) + vector16(vector8(versions.flatMap(u16))) }

    static func padding(_ count: Int) -> [UInt8] { u16(21) + vector16(Array(repeating: 0, count: count)) }

    /// The message with its header. nil extensions: none at all, as old clients have it.
    static func message(_ extensions: [UInt8]?) -> [UInt8] {
        var body = u16(0x0303) + Array(repeating: 7, count: 32) + vector8([])
        body += vector16(u16(0x1301)) + vector8([0])
        if let extensions { body += vector16(extensions) }
        return [1] + u24(body.count) + body
    }

    /// The message in records of at most this size.
    static func records(_ message: [UInt8], size: Int = 1 << 14) -> [UInt8] {
        stride(from: 0, to: message.count, by: size).flatMap { start in
            [22, 3, 1] + vector16(Array(message[start..<min(start + size, message.count)]))
        }
    }

    static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    static func u24(_ value: Int) -> [UInt8] { [UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
    static func vector8(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count)] + bytes }
    static func vector16(_ bytes: [UInt8]) -> [UInt8] { u16(UInt16(bytes.count)) + bytes }
}
