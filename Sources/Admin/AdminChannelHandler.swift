internal import Core
internal import Issuance
internal import NIOCore
internal import NIOHTTP1

/// Turns the HTTP parts of one admin connection into handler calls, one at a time and in order.
final class AdminChannelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handler: AdminServer.Handler
    private let access: AdminAccess
    private let isLoopback: Bool
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// Whether the request that is read was answered before its end.
    private var isRefused = false
    private var isAnswering = false

    init(handler: @escaping AdminServer.Handler, access: AdminAccess, isLoopback: Bool) {
        self.handler = handler
        self.access = access
        self.isLoopback = isLoopback
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            isRefused = false
        case .body(var bytes):
            guard body.readableBytes + bytes.readableBytes <= AdminLimits.bodyBytesMax else { return refuseBody(context) }
            body.writeBuffer(&bytes)
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            if !isRefused { answer(head, context) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent, !isAnswering { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// The rest of the body is not worth reading.
    private func refuseBody(_ context: ChannelHandlerContext) {
        guard var head = self.head, !isRefused else { return }
        isRefused = true
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        let failure = OperationFailure(
            .badRequest, "request body", "it is too long", allowed: "at most \(AdminLimits.bodyBytesMax) bytes")
        write(.json(AdminResponse.FailureBody(error: failure), status: 413), to: head, context)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let refusal = AdminGate(access: access, isLoopback: isLoopback).refusal(of: head) {
            return write(refusal, to: head, context)
        }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = AdminRequest(
            method: head.method == .POST ? .post : .get, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
            accept: Self.joined(head.headers[canonicalForm: "Accept"]), ifNoneMatch: head.headers.first(name: "If-None-Match"),
            body: Array(body.readableBytesView))
        let promise = context.eventLoop.makePromise(of: AdminResponse.self)
        promise.completeWithTask { [handler] in await handler(request) }
        isAnswering = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            handler.isAnswering = false
            handler.write(response, to: head, context)
        }
    }

    private static func joined(_ values: [Substring]) -> String? { values.isEmpty ? nil : values.joined(separator: ", ") }

    private func write(_ response: AdminResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers: HTTPHeaders = ["Content-Type": response.contentType, "Content-Length": "\(response.body.count)"]
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if let etag = response.etag { headers.add(name: "ETag", value: etag) }
        if response.status == 405 { headers.add(name: "Allow", value: "GET, HEAD, POST") }
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let responseHead = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        if head.method != .HEAD, response.status != 304 {
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
