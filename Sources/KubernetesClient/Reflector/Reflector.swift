public import Core
internal import FoundationEssentials
public import Logging
public import Manifests
internal import Synchronization

/// Follows one collection of the API server: lists it in pages, watches it, and goes on whatever fails.
///
/// Everything that is known stays in force until a complete list says otherwise. Events go to the handler one after the other; the
/// next one is not read before the handler is done, so that nothing piles up.
public final class Reflector<Object: Sendable>: Sendable {
    /// What is followed.
    public let collection: Collection
    private let client: APIClient
    private let timing: ReflectorTiming
    private let time: any TimeSource
    private let logger: Logger
    private let reading: ObjectReading<Object>
    private let shared: Mutex<Shared>

    private struct Shared {
        var health: ReflectorHealth
        var isRelistWanted = false
        /// The watch that a wish for a list ends early.
        var stream: APIWatchStream?
    }

    /// Makes a reflector; ``run(_:)`` starts it.
    ///
    /// - Parameter decode: makes an object of its document, or nil when it is not wanted. Nothing of the document is kept.
    public init(
        _ collection: Collection, client: APIClient, timing: ReflectorTiming = ReflectorTiming(), time: any TimeSource = SystemTime(),
        logger: Logger, decode: @escaping @Sendable (Node) throws(ManifestError) -> Object?
    ) {
        self.collection = collection
        self.client = client
        self.timing = timing
        self.time = time
        self.logger = logger
        reading = ObjectReading(decode: decode)
        shared = Mutex(Shared(health: ReflectorHealth(subject: "\(collection)")))
    }

    /// How it is doing.
    public var health: ReflectorHealth { shared.withLock { $0.health } }

    /// Lists everything anew as soon as possible; what is known stays until then. For a decoder that has changed its mind.
    public func relist() {
        let stream = shared.withLock { shared in
            shared.isRelistWanted = true
            return shared.stream
        }
        stream?.cancel()
    }

    /// Follows until the task is cancelled or the client is shut down. To be called once.
    public func run(_ handler: @escaping @Sendable (ReflectorEvent<Object>) async -> Void) async {
        var machine = ReflectorMachine(timing: timing)
        var event = ReflectorMachine.Event.started
        while true {
            if Task.isCancelled { event = .stopped }
            if event != .stopped, takeRelistWish() { event = .relistWanted }
            switch machine.apply(event, draw: .random(in: 0..<1)) {
            case .list(let page): event = await list(page, machine.failures, handler)
            case .completeList(let version):
                noteList()
                await handler(.listed)
                event = await watch(from: version, &machine, handler)
            case .watch(let version): event = await watch(from: version, &machine, handler)
            case .wait(let pause): event = await wait(pause)
            case .deliver, .ignore: preconditionFailure("reflector: an action of a watch outside of it")
            case .stop: return
            }
        }
    }

    private func takeRelistWish() -> Bool {
        shared.withLock { shared in
            defer { shared.isRelistWanted = false }
            return shared.isRelistWanted
        }
    }

    private func wait(_ pause: Duration) async -> ReflectorMachine.Event {
        do {
            try await time.sleep(for: pause)
            return .waited
        } catch {
            return .stopped
        }
    }
}

extension Reflector {
    private typealias Handler = @Sendable (ReflectorEvent<Object>) async -> Void

    private func list(_ page: ReflectorMachine.Page, _ failures: Int, _ handler: Handler) async -> ReflectorMachine.Event {
        if page.continueToken == nil { await handler(.listing) }
        var request = collection.list(page)
        request.attemptsMax = 1
        do throws(APIError) {
            let response = try await client.send(request)
            let content = try read(request) { () throws(MalformedAnswer) in try reading.page(response.body) }
            await handler(.page(content.changes))
            return .page(continueToken: content.continueToken, resourceVersion: content.resourceVersion)
        } catch {
            return await failed(error, failures, handler)
        }
    }

    private func watch(
        from version: String, _ machine: inout ReflectorMachine, _ handler: Handler
    ) async -> ReflectorMachine.Event {
        var request = collection.watch(from: version, timeout: timing.watchTime * Double.random(in: 1...2))
        request.attemptsMax = 1
        request.idleTimeout = timing.idleTime
        let start = ContinuousClock.now
        var events = 0
        do throws(APIError) {
            let stream = try await client.watch(request)
            guard enter(stream) else { return .relistWanted }
            defer { leave() }
            await noteOpened(handler)
            var lines = stream.makeAsyncIterator()
            while let line = try await lines.next() {
                events += 1
                let event = try read(request) { () throws(MalformedAnswer) in try reading.event(line) }
                try await take(event, request, &machine, handler)
            }
            return .ended(isBrief: events == 0 && start.duration(to: .now) < timing.briefWatchTime)
        } catch {
            return await failed(error, machine.failures, handler)
        }
    }

    private func take(
        _ event: ObjectReading<Object>.WatchEvent, _ request: APIRequest, _ machine: inout ReflectorMachine, _ handler: Handler
    ) async throws(APIError) {
        noteEvent()
        switch event {
        case .bookmark(let version): _ = machine.apply(.advanced(resourceVersion: version), draw: 0)
        case .change(let change, let version):
            guard machine.apply(.advanced(resourceVersion: version), draw: 0) == .deliver else { return }
            await handler(.change(change))
        case .error(let status): throw status.error(subject: request.subject)
        }
    }

    private func read<Value>(_ request: APIRequest, _ body: () throws(MalformedAnswer) -> Value) throws(APIError) -> Value {
        do throws(MalformedAnswer) {
            return try body()
        } catch {
            throw APIError(code: .badResponse, message: error.message, subject: request.subject)
        }
    }
}

extension Reflector {
    /// - Returns: false when a list is wanted instead.
    private func enter(_ stream: APIWatchStream) -> Bool {
        shared.withLock { shared in
            shared.health.watches += 1
            if shared.isRelistWanted { return false }
            shared.stream = stream
            return true
        }
    }

    private func leave() { shared.withLock { $0.stream = nil } }

    private func noteList() {
        shared.withLock { shared in
            shared.health.isSynced = true
            shared.health.lists += 1
            shared.health.lastList = time.now()
        }
    }

    private func noteEvent() { shared.withLock { $0.health.lastEvent = time.now() } }

    private func noteOpened(_ handler: Handler) async {
        let was = shared.withLock { shared in
            defer { (shared.health.trouble, shared.health.troubleSince) = (nil, nil) }
            return shared.health.trouble
        }
        guard was != nil else { return }
        logger.debug("the API server answers again", metadata: ["collection": "\(collection)"])
        await handler(.trouble(nil))
    }

    /// A first failure is no news: connections end, servers restart.
    private func failed(_ error: APIError, _ failures: Int, _ handler: Handler) async -> ReflectorMachine.Event {
        if error.code == .cancelled, !Task.isCancelled {
            // Somebody else than our own task has cancelled the request: one who wants a list, or one who must not end us.
            let isRelistWanted = shared.withLock { $0.isRelistWanted }
            return isRelistWanted ? .relistWanted : .failed(ReflectorFailure(kind: .unavailable))
        }
        guard let failure = ReflectorFailure(error) else { return .stopped }
        logger.debug("the API server does not answer as it should", metadata: ["error": "\(error)"])
        let isNews = failures > 0 || [.missing, .refused].contains(failure.kind)
        guard isNews else { return .failed(failure) }
        let isOther = shared.withLock { shared in
            defer {
                shared.health.trouble = error
                shared.health.troubleSince = shared.health.troubleSince ?? time.now()
            }
            return shared.health.trouble?.code != error.code || shared.health.trouble?.message != error.message
        }
        if isOther { await handler(.trouble(error)) }
        return .failed(failure)
    }
}
