public import Core
internal import FoundationEssentials
internal import PKI

/// The page at `/` and what it asks for: everything at `/api/v1/dashboard`, what is new at `/api/v1/events`. Works only while somebody looks.
public actor Dashboard {
    /// Finds out what is so now. Called at most every two seconds, and so seldom that it takes at most a twentieth of one core.
    public typealias Source = @Sendable () async -> DashboardInput

    private let source: Source
    private let time: any TimeSource
    private var model: DashboardModel?
    private var refreshing: Task<Void, Never>?
    private var refreshedAt: ContinuousClock.Instant?
    private var cost = Duration.zero
    private var askedAt: ContinuousClock.Instant?
    private var streams: [Int: AsyncStream<Void>.Continuation] = [:]
    private var streamNumber = 0
    private var isOver = false

    /// A dashboard about what a source says.
    public init(time: any TimeSource = SystemTime(), source: @escaping Source) {
        self.time = time
        self.source = source
    }

    /// Where everything is, or with `?since=CURSOR` what is new.
    public static let path = "/api/v1/dashboard"
    /// Where what is new comes by itself.
    public static let eventsPath = "/api/v1/events"

    /// The answer to a request of the page; nil for any other.
    public func answer(_ request: AdminRequest) async -> AdminResponse? {
        switch (request.method, request.path) {
        case (.get, "/"): return request.hasSession ? DashboardPage.dashboardOfSession : DashboardPage.dashboard
        case (.get, Dashboard.path):
            askedAt = .now
            if isStale { await refresh() }
            let document = model?.document(since: request.parameter("since"), at: time.now())
            return .content(document ?? Array("{}".utf8), type: "application/json")
        case (.get, Dashboard.eventsPath): return stream(from: request.lastEventID ?? request.parameter("since"))
        case (.get, _), (.post, _): return nil
        }
    }

    /// Looks for what is new while somebody watches, until cancelled.
    public func run() async {
        while (try? await time.sleep(for: pause)) != nil {
            if isWatched { await refresh() } else { forget() }
            for stream in streams.values { stream.yield() }
        }
        close()
    }

    /// Ends all streams, and takes no more of them.
    public func close() {
        isOver = true
        for stream in streams.values { stream.finish() }
        streams = [:]
    }

    /// How many streams there are.
    var streamCount: Int { streams.count }

    // MARK: - Looking

    private var pause: Duration { min(max(DashboardLimits.interval, cost * DashboardLimits.shareMax), DashboardLimits.intervalMax) }

    private var isStale: Bool { refreshedAt.map { $0.duration(to: .now) >= pause } ?? true }

    private var isWatched: Bool { !streams.isEmpty || (askedAt.map { $0.duration(to: .now) < DashboardLimits.watchTime } ?? false) }

    /// Whoever asks while somebody looks already waits for the same.
    private func refresh() async {
        let task = refreshing ?? Task { await look() }
        refreshing = task
        await task.value
    }

    private func look() async {
        let began = ContinuousClock.now
        let input = await source()
        let found = ContinuousClock.now
        if model == nil { model = DashboardModel(epoch: newEpoch()) }
        model?.update(input, at: found)
        cost = began.duration(to: .now)
        refreshedAt = .now
        refreshing = nil
    }

    private func forget() {
        guard let refreshedAt, refreshedAt.duration(to: .now) > DashboardLimits.forgetTime else { return }
        model = nil
        self.refreshedAt = nil
        cost = .zero
    }

    private func newEpoch() -> String {
        (try? randomBytes(8)).map { Base64URL.encode($0) } ?? "\(UInt64(time.now().timeIntervalSince1970 * 1e6))"
    }

    // MARK: - Streams

    private func stream(from cursor: String?) -> AdminResponse {
        guard !isOver, streams.count < DashboardLimits.streamsMax else {
            return AdminResponse.text(503, isOver ? "the process is ending" : "there are too many streams; ask \(Dashboard.path)")
                .with("Retry-After", "60")
        }
        streamNumber += 1
        let number = streamNumber
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        streams[number] = continuation
        continuation.yield()
        let feed = DashboardFeed(signals: signals, cursor: cursor) { [weak self] in await self?.event(since: $0) }
        return .events(AdminEvents(next: { await feed.next() }, end: { [weak self] in await self?.leave(number) }))
    }

    private func leave(_ number: Int) { streams.removeValue(forKey: number)?.finish() }

    /// What a reader is sent who has this version; nil when there is nothing new.
    private func event(since cursor: String?) async -> DashboardFeed.Event? {
        if model == nil { await refresh() }
        guard let model, let document = model.document(since: cursor, at: time.now()) else { return nil }
        return DashboardFeed.Event(cursor: model.cursor, data: document)
    }
}
