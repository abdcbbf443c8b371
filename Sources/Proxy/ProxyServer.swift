public import Certificates
internal import Core
public import Logging
internal import NIOCore
internal import NIOPosix
public import Routing
internal import Synchronization

/// A reverse proxy that terminates TLS: HTTP/1.1 on both sides, one event loop per thread, everything that it serves by published to it.
///
/// Until something is published it knows no routes and no certificates: plain requests get 404, handshakes are refused. Its threads end
/// with ``drain(deadline:)`` and in no other way.
public final class ProxyServer: Sendable {
    private enum State {
        case new
        case running
        /// With what was counted; zero until the last loop has stopped.
        case stopped(ProxyCounters)
    }

    private let configuration: ProxyConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let loops: [NIOLoopBoundBox<ProxyLoop>]
    private let contexts: TLSContextCache
    private let state = Mutex(State.new)

    /// Makes the threads; nothing is bound yet.
    ///
    /// - Parameters:
    ///   - configuration: fixed for the life of the server.
    ///   - challengeLookup: finds http-01 tokens that were not published, for a proxy that may lag behind those who store them. nil: such
    ///     a token is unknown. Called for well-formed tokens only, a few at a time and so many in a second, and not twice for the same one
    ///     within some seconds; a request waits for it for 2.5 seconds at most.
    ///   - tlsALPN01Lookup: the same for tls-alpn-01, by name or address; both share the bounds.
    ///   - logger: for what concerns an operator. Not for requests: see ``ProxyConfiguration/accessLog``.
    public init(
        configuration: ProxyConfiguration, challengeLookup: HTTP01Lookup? = nil, tlsALPN01Lookup: TLSALPN01Lookup? = nil, logger: Logger
    ) {
        precondition(configuration.threads > 0, "a proxy needs at least one thread")
        self.configuration = configuration
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        let contexts = TLSContextCache(logger: logger)
        self.contexts = contexts
        let resolver =
            challengeLookup == nil && tlsALPN01Lookup == nil
            ? nil : ChallengeResolver { await $0.answer(challengeLookup, tlsALPN01Lookup) }
        let challengeContexts = ChallengeContexts()
        loops = group.makeIterator().map { eventLoop in
            NIOLoopBoundBox.makeBoxSendingValue(
                ProxyLoop(
                    eventLoop: eventLoop, configuration: configuration, contexts: contexts, challengeContexts: challengeContexts,
                    logger: logger, challengeResolver: resolver),
                eventLoop: eventLoop)
        }
    }

    // MARK: Life

    /// Binds all addresses and begins to serve.
    ///
    /// - Throws: ``ProxyError`` when an address cannot be bound; what was bound by then is closed by ``drain(deadline:)``.
    public func start() async throws(ProxyError) -> BoundAddresses {
        let isFirst = state.withLock { state in
            guard case .new = state else { return false }
            state = .running
            return true
        }
        guard isFirst else { throw ProxyError(code: .alreadyStarted, subject: "", detail: "") }
        var http: [ListenAddress] = []
        var https: [ListenAddress] = []
        for address in configuration.http { http.append(try await listen(address, isTLS: false)) }
        for address in configuration.https { https.append(try await listen(address, isTLS: true)) }
        let bound = BoundAddresses(http: http, https: https)
        let ports = PublicPorts(configuration, bound)
        onEachLoop { $0.publicPorts = ports }
        return bound
    }

    private func listen(_ address: ListenAddress, isTLS: Bool) async throws(ProxyError) -> ListenAddress {
        try await Listener.open(address, isTLS: isTLS, backlog: configuration.limits.acceptBacklog, on: loops)
    }

    /// Ends in order: stops listening, closes idle connections, lets requests and tunnels go on until the deadline, cuts what is left
    /// then, and ends the threads. Does nothing the second time.
    public func drain(deadline: Duration) async {
        let isFirst = state.withLock { state in
            if case .stopped = state { return false }
            state = .stopped(ProxyCounters())
            return true
        }
        guard isFirst else { return }
        await withTaskGroup(of: Void.self) { tasks in
            for loop in loops { tasks.addTask { await Self.drain(loop, deadline) } }
        }
        let counters = await sumOfCounters()
        state.withLock { $0 = .stopped(counters) }
        try? await group.shutdownGracefully()
    }

    private static func drain(_ loop: NIOLoopBoundBox<ProxyLoop>, _ deadline: Duration) async {
        let promise = loop.eventLoop.makePromise(of: Void.self)
        loop.eventLoop.execute {
            let timeout = loop.eventLoop.scheduleTask(in: TimeAmount(deadline)) { loop.value.cutAll() }
            loop.value.drain {
                timeout.cancel()
                loop.value.cutAll()
                promise.succeed()
            }
        }
        try? await promise.futureResult.get()
    }

    // MARK: What is served

    /// Routes by these from now on; requests under way go on as they began.
    public func publish(_ routes: RouteTable) {
        onEachLoop { $0.adopt(routes) }
    }

    /// Presents these certificates in handshakes from now on; connections that exist go on with theirs.
    public func publish(_ certificates: CertificateIndex) {
        onEachLoop { $0.adopt(certificates) }
    }

    /// Answers these challenges from now on.
    public func publish(_ challenges: HTTP01Tokens) {
        onEachLoop { $0.adopt(challenges) }
    }

    /// Answers these challenges from now on.
    public func publish(_ challenges: TLSALPN01Challenges) {
        onEachLoop { $0.adopt(challenges) }
    }

    /// Agrees on TLS by these policies from now on, and says what they say about HSTS; connections that exist keep their TLS.
    public func publish(_ policies: TLSPolicyTable) {
        onEachLoop { $0.adopt(policies) }
    }

    /// Waits until every loop serves by what was published before.
    public func published() async {
        for loop in loops { try? await loop.eventLoop.submit {}.get() }
    }

    private func onEachLoop(_ action: @escaping @Sendable (ProxyLoop) -> Void) {
        // A loop that has stopped takes nothing any more.
        guard stoppedCounters == nil else { return }
        for loop in loops { loop.eventLoop.execute { action(loop.value) } }
    }

    // MARK: What is counted

    /// The sum over all loops, as of about now; after ``drain(deadline:)``, as of its end.
    public func counters() async -> ProxyCounters {
        if let stoppedCounters { return stoppedCounters }
        return await sumOfCounters()
    }

    /// What was counted rule by rule, of each loop by itself; empty when ``ProxyConfiguration/countsRequests`` is off and after
    /// ``drain(deadline:)``. The loops are asked in small steps, so that no request waits for the whole of it.
    public func requestMetrics() async -> [RouteRequests] {
        guard stoppedCounters == nil else { return [] }
        var samples: [RouteRequests] = []
        for loop in loops {
            var start: Int? = 0
            while let from = start {
                guard let part = try? await loop.eventLoop.submit({ loop.value.requestMetrics?.samples(from: from) }).get() else { break }
                samples += part.samples
                start = part.next
            }
        }
        return samples
    }

    /// How each loop is doing.
    public func loopStates() async -> [LoopState] {
        guard stoppedCounters == nil else { return [] }
        var states: [LoopState] = []
        for loop in loops {
            let asked = ContinuousClock.now
            let state = loop.eventLoop.submit {
                LoopState(delay: asked.duration(to: .now), connectionsOpen: Int(loop.value.currentCounters.connectionsOpen))
            }
            if let state = try? await state.get() { states.append(state) }
        }
        return states
    }

    private var stoppedCounters: ProxyCounters? {
        state.withLock { if case .stopped(let counters) = $0 { counters } else { nil } }
    }

    private func sumOfCounters() async -> ProxyCounters {
        var sum = ProxyCounters()
        for loop in loops {
            guard let counters = try? await loop.eventLoop.submit({ loop.value.currentCounters }).get() else { continue }
            sum = sum + counters
        }
        return sum
    }

    /// TLS contexts held: one for each certificate and policy that a handshake has met.
    public var contextCount: Int { contexts.count }

    /// Whether the TLS library did not take an OCSP response that was to be stapled: an update of it that we do not know. False until
    /// there is one to staple.
    public var refusesStaples: Bool { contexts.refusesStaples }
}
