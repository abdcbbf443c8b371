internal import Certificates
internal import HTTP1
internal import Logging
internal import NIOCore
internal import Routing

/// Everything that one event loop serves with. Nothing in it is shared with another loop but the cache of TLS contexts, and that only
/// in handshakes; so a request takes no lock. Used on its loop only.
final class ProxyLoop {
    let eventLoop: any EventLoop
    let configuration: ProxyConfiguration
    /// The ports that the outside world knows; final once all listeners are bound.
    var publicPorts: PublicPorts
    let ticks: TimeoutTicks
    let contexts: TLSContextCache
    let challengeContexts: ChallengeContexts
    let logger: Logger
    /// Nil when unknown tokens are not looked up.
    let challengeResolver: ChallengeResolver?

    // What is published from outside.
    private(set) var routes = RouteTable.empty
    /// Nil until the first index is published; handshakes are refused until then.
    private(set) var certificates: CertificateIndex?
    private(set) var challenges = HTTP01Tokens()
    private(set) var tlsChallenges = TLSALPN01Challenges()
    private(set) var tlsPolicies: TLSPolicyTable
    /// What each of the TLS policies adds to a response; empty while none adds anything.
    private(set) var policyFields: [FieldEdits] = []

    let wheel = TimerWheel()
    let upstreams: UpstreamDirectory
    let counters = LoopCounters()
    /// Whether there is an access log, or requests are traced.
    let isObserved: Bool
    /// Nil when requests are not counted rule by rule.
    let requestMetrics: RequestMetrics?
    /// The number of the rule that the last request was decided by.
    var matchedRoute = RequestMetrics.noRoute
    let date = DateCache()
    let requestIDs: RequestIDs
    /// Scratch memory for a canonical path that differs from the target.
    var pathStorage: [UInt8] = []
    private var output = ByteBuffer()

    /// The listeners; empty once draining has begun.
    var listeners: [AcceptGate] = []
    private var connections: [DownstreamConnection] = []
    private(set) var isDraining = false
    private var onEmpty: (() -> Void)?
    private var wheelTurnedAt = NIODeadline.now()

    init(
        eventLoop: any EventLoop, configuration: ProxyConfiguration, contexts: TLSContextCache, challengeContexts: ChallengeContexts,
        logger: Logger, challengeResolver: ChallengeResolver? = nil
    ) {
        self.eventLoop = eventLoop
        self.challengeResolver = challengeResolver
        self.configuration = configuration
        isObserved = configuration.accessLog != nil || configuration.tracing != nil
        publicPorts = PublicPorts(configuration)
        self.contexts = contexts
        self.challengeContexts = challengeContexts
        tlsPolicies = TLSPolicyTable(default: configuration.tls)
        self.logger = logger
        ticks = TimeoutTicks(configuration.timeouts)
        requestIDs = RequestIDs(seed: .random(in: .min ... .max))
        upstreams = UpstreamDirectory(startingAt: Int.random(in: 0..<1024))
        requestMetrics = configuration.countsRequests ? RequestMetrics() : nil
        adopt(tlsPolicies)
    }

    // MARK: Snapshots

    func adopt(_ routes: RouteTable) {
        self.routes = routes
        upstreams.adopt(routes)
        requestMetrics?.adopt(routes)
    }

    func adopt(_ certificates: CertificateIndex) {
        self.certificates = certificates
        contexts.evictUnused()
    }

    func adopt(_ challenges: HTTP01Tokens) {
        self.challenges = challenges
    }

    func adopt(_ challenges: TLSALPN01Challenges) {
        tlsChallenges = challenges
    }

    func adopt(_ policies: TLSPolicyTable) {
        tlsPolicies = policies
        policyFields = policies.sendsHSTS ? policies.policies.map(\.responseFields) : []
        contexts.evict(except: policies.policies)
    }

    // MARK: Time

    /// Sets the one deadline of an entry; see ``TimerWheel``.
    @inline(__always)
    func arm(_ entry: WheelEntry, after ticks: UInt64) {
        if wheel.arm(entry, after: ticks) { startWheel() }
    }

    private func startWheel() {
        wheelTurnedAt = .now()
        scheduleTurn()
    }

    private func scheduleTurn() {
        eventLoop.assumeIsolated().scheduleTask(in: TimeoutTicks.step) {
            // A loop that was held up turns the wheel as far as time has gone on.
            let elapsed = (NIODeadline.now() - self.wheelTurnedAt).nanoseconds / TimeoutTicks.step.nanoseconds
            self.wheelTurnedAt = self.wheelTurnedAt + .nanoseconds(elapsed * TimeoutTicks.step.nanoseconds)
            self.wheel.advance(by: UInt64(max(elapsed, 0)))
            if !self.wheel.isEmpty { self.scheduleTurn() }
        }
    }

    // MARK: Buffers

    /// Somewhere to put output together: the one buffer of the loop, emptied, or while that is out a new one.
    @inline(__always)
    func takeOutput() -> Output {
        var bytes = output
        output = ByteBuffer()
        // When an earlier send still holds the memory, this leaves it alone and allocates.
        bytes.clear()
        return Output(bytes: bytes, isLoops: true)
    }

    /// Takes back what ``takeOutput()`` gave.
    @inline(__always)
    func giveOutput(_ output: Output) {
        if output.isLoops { self.output = output.bytes }
    }

    // MARK: Connections

    /// Whether another connection may be accepted.
    var mayAccept: Bool { connections.count < configuration.limits.connectionsPerLoopMax }

    func add(_ connection: DownstreamConnection) {
        connection.indexInLoop = connections.count
        connections.append(connection)
        counters.connectionsAccepted &+= 1
    }

    func remove(_ connection: DownstreamConnection) {
        guard connection.indexInLoop >= 0, let last = connections.popLast() else { return }
        if last !== connection {
            connections[connection.indexInLoop] = last
            last.indexInLoop = connection.indexInLoop
        }
        connection.indexInLoop = -1
        for listener in listeners { listener.resume() }
        if connections.isEmpty { finishDraining() }
    }

    /// Counters as of now.
    var currentCounters: ProxyCounters {
        counters.snapshot(connectionsOpen: connections.count, upstreamConnectionsIdle: upstreams.idleCount)
    }

    // MARK: The end

    /// Stops listening, closes idle connections, and lets the others end after their exchange.
    ///
    /// - Parameter whenEmpty: called once no downstream connection is left.
    func drain(whenEmpty: @escaping () -> Void) {
        isDraining = true
        onEmpty = whenEmpty
        for listener in listeners { listener.close() }
        for connection in connections { connection.drain() }
        if connections.isEmpty { finishDraining() }
    }

    private func finishDraining() {
        let action = onEmpty
        onEmpty = nil
        action?()
    }

    /// Cuts what is left and lets go of the upstreams.
    func cutAll() {
        for connection in connections { connection.cut() }
        upstreams.closeIdle()
    }

}
