internal import Core
internal import NIOCore
internal import NIOHTTP1

/// Turns the HTTP parts of one admin connection into handler calls, one at a time and in order.
final class AdminChannelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handler: AdminServer.Handler
    private let isLoopback: Bool
    private var head: HTTPRequestHead?
    private var bodyBytes = 0

    init(handler: @escaping AdminServer.Handler, isLoopback: Bool) {
        self.handler = handler
        self.isLoopback = isLoopback
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            bodyBytes = 0
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            if bodyBytes > AdminLimits.bodyBytesMax { context.close(promise: nil) }
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let refusal = refusal(of: head) {
            return write(refusal, to: head, context)
        }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = AdminRequest(path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "")
        let promise = context.eventLoop.makePromise(of: AdminResponse.self)
        promise.completeWithTask { [handler] in await handler(request) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            handler.write(response, to: head, context)
        }
    }

    /// The API is for GET; and on a loopback address it is for this machine, so a page that rebinds its own name to 127.0.0.1
    /// (DNS rebinding) is told apart by the name it asks for.
    private func refusal(of head: HTTPRequestHead) -> AdminResponse? {
        guard head.method == .GET || head.method == .HEAD else {
            return .text(405, "method \(head.method) is not allowed, only GET and HEAD")
        }
        guard isLoopback else { return nil }
        let host = head.headers.first(name: "Host") ?? ""
        let name = ListenAddress(host) ?? ListenAddress(host: host, port: 0)
        return name.isLoopback || host == "[::1]" ? nil : .text(421, "this address answers for localhost only")
    }

    private func write(_ response: AdminResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers: HTTPHeaders = ["Content-Type": response.contentType, "Content-Length": "\(response.body.count)"]
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let responseHead = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        let ended = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: ended)
        if !head.isKeepAlive {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            ended.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
    }
}
