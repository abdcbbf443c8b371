internal import Core
internal import Issuance
internal import NIOCore
internal import NIOHTTP1

/// Turns the HTTP parts of one admin connection into handler calls, one at a time and in order.
final class AdminChannelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handler: AdminServer.Handler
    private let gate: AdminGate
    private let connections: AdminConnections
    private let eventTimeout: TimeAmount
    private var head: HTTPRequestHead?
    private var headAt = NIODeadline.now()
    private var body = ByteBuffer()
    /// Whether the request that is read was answered before its end.
    private var isRefused = false
    private var isAnswering = false

    init(handler: @escaping AdminServer.Handler, gate: AdminGate, connections: AdminConnections, eventTimeout: Duration) {
        self.handler = handler
        self.gate = gate
        self.connections = connections
        self.eventTimeout = TimeAmount(eventTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            headAt = .now()
            body.clear()
            isRefused = false
        case .body(var bytes):
            guard headAt + AdminLimits.bodyTimeout > .now() else { return context.close(promise: nil) }
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
        let body = Array(body.readableBytesView)
        if let answer = gate.answer(head, body: body) { return write(answer, to: head, context) }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var request = AdminRequest(
            method: head.method == .POST ? .post : .get, path: AdminGate.path(of: head), query: parts.count > 1 ? String(parts[1]) : "",
            accept: Self.joined(head.headers[canonicalForm: "Accept"]), ifNoneMatch: head.headers.first(name: "If-None-Match"),
            body: body)
        request.lastEventID = head.headers.first(name: "Last-Event-ID")
        request.hasSession = gate.hasSession(head.headers)
        let promise = context.eventLoop.makePromise(of: AdminResponse.self)
        promise.completeWithTask { [handler, request] in await handler(request) }
        setAnswering(true, context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            if let events = response.events {
                handler.stream(events, response, to: head, context)
            } else {
                handler.setAnswering(false, context)
                handler.write(response, to: head, context)
            }
        }
    }

    private func setAnswering(_ isAnswering: Bool, _ context: ChannelHandlerContext) {
        self.isAnswering = isAnswering
        connections.set(context.channel, isAnswering: isAnswering)
    }

    private static func joined(_ values: [Substring]) -> String? { values.isEmpty ? nil : values.joined(separator: ", ") }

    private func write(_ response: AdminResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers = AdminHeaders.fields(of: response)
        headers.add(name: "Content-Length", value: "\(response.body.count)")
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

    /// Sends events until there are no more, the reader is gone or too slow, or what let it in does so no longer. The connection ends with it.
    private func stream(_ events: AdminEvents, _ response: AdminResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive, head.method == .GET else {
            Task { await events.end() }
            setAnswering(false, context)
            return write(response, to: head, context)
        }
        var headers = AdminHeaders.fields(of: response)
        headers.add(name: "Connection", value: "close")
        // For nginx and its kind, which would hold back what is small.
        headers.add(name: "X-Accel-Buffering", value: "no")
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        let channel = context.channel
        let gate = gate
        let timeout = eventTimeout
        connections.stream(on: channel) {
            await AdminChannelHandler.send(events, on: channel, within: timeout) { gate.answer(head, body: []) == nil }
        }
    }

    private static func send(
        _ events: AdminEvents, on channel: any Channel, within limit: TimeAmount, while isAllowed: @Sendable () -> Bool
    ) async {
        while !Task.isCancelled, let piece = await events.next(), isAllowed() {
            guard (try? await send(.body(.byteBuffer(ByteBuffer(bytes: piece))), on: channel, within: limit)) != nil else { break }
        }
        await events.end()
        try? await send(.end(nil), on: channel, within: limit)
        try? await channel.close()
    }

    /// Sends one part, or closes the connection of a reader who is too slow for it.
    private static func send(_ part: HTTPServerResponsePart, on channel: any Channel, within limit: TimeAmount) async throws {
        let timeout = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        defer { timeout.cancel() }
        try await channel.writeAndFlush(part)
    }
}
