public import Core
internal import FoundationEssentials
public import HTTPClient
public import Logging
internal import Synchronization
public import Telemetry

/// Sends spans to a collector by OTLP over HTTP, in batches, and again when it asks for patience. Nothing waits for it: spans that find no
/// room, or that the collector does not take in time, are dropped and counted.
public final class OTLPExporter: Sendable {
    /// What came of all spans until now.
    public struct Counts: Sendable, Hashable {
        /// Spans that the collector took.
        public var exported: UInt64 = 0
        /// Spans that found no room.
        public var overflowed: UInt64 = 0
        /// Spans that the collector refused.
        public var refused: UInt64 = 0
        /// Spans that it did not take in time.
        public var expired: UInt64 = 0
        /// Requests to it that failed.
        public var failures: UInt64 = 0
    }

    private struct State {
        var counts = Counts()
        /// What went wrong last, so that it is logged once.
        var problem: String?
        var isFinishing = false
    }

    private let endpoint: OTLPEndpoint
    private let resource: [TraceSpan.Attribute]
    private let client: HTTPClient
    private let time: any TimeSource
    private let logger: Logger
    private let queue = SpanQueue(capacity: TraceExportLimits.spansMax, wakesAt: TraceExportLimits.batchMax)
    private let state = Mutex(State())

    /// An exporter that waits for ``run()``.
    ///
    /// - Parameters:
    ///   - resource: see ``TraceResource``.
    ///   - client: used for nothing else, and shut down by ``finish()``.
    ///   - logger: hears when export begins to fail, and when it works again.
    public init(
        to endpoint: OTLPEndpoint, resource: [TraceSpan.Attribute], client: HTTPClient, time: any TimeSource = SystemTime(), logger: Logger
    ) {
        self.endpoint = endpoint
        self.resource = resource
        self.client = client
        self.time = time
        self.logger = logger
    }

    /// Where spans are handed in.
    public var sink: any TraceSink { queue }

    /// What came of all spans until now.
    public var counts: Counts {
        var counts = state.withLock(\.counts)
        counts.overflowed = queue.droppedTotal
        return counts
    }

    /// Sends what comes, until cancelled.
    public func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            group.addTask { [queue] in
                for await _ in queue.filled() { wake.yield() }
            }
            group.addTask { [time] in
                while (try? await time.sleep(for: TraceExportLimits.batchTime)) != nil { wake.yield() }
                wake.finish()
            }
            for await _ in wakes {
                while !Task.isCancelled, queue.count > 0 { await send(queue.remove(max: TraceExportLimits.batchMax)) }
            }
            group.cancelAll()
        }
    }

    /// Sends what is left, once and within ``TraceExportLimits/finishTime``, and ends all connections. After ``run()`` has ended.
    public func finish() async {
        state.withLock { $0.isFinishing = true }
        await withTaskGroup { group in
            group.addTask { [self] in
                while !Task.isCancelled, queue.count > 0 { await send(queue.remove(max: TraceExportLimits.batchMax)) }
            }
            group.addTask { [time] in try? await time.sleep(for: TraceExportLimits.finishTime) }
            await group.next()
            group.cancelAll()
        }
        expired(queue.remove(max: .max).count)
        await client.shutdown()
    }

    /// Sends one batch until it is taken, refused, or too old.
    func send(_ spans: [TraceSpan]) async {
        let body = OTLPEncoder.encode(spans, resource: resource, version: Version.current)
        let deadline = time.now().addingTimeInterval(TraceExportLimits.batchLifeMax.seconds)
        var wait = TraceExportLimits.retryMin
        while true {
            switch await post(body) {
            case .taken(let refused, let words):
                return taken(spans.count, refused: min(refused, spans.count), words)
            case .never(let why):
                return refused(spans.count, why)
            case .later(let asked, let why):
                // The end of the program tries once more.
                if Task.isCancelled, !state.withLock(\.isFinishing) { return queue.putBack(spans) }
                failed(why)
                // A fifth to either side, so that replicas do not knock together.
                let next = max(min(asked ?? .zero, TraceExportLimits.retryMax), wait * Double.random(in: 0.8...1.2))
                wait = min(wait * 2, TraceExportLimits.retryMax)
                guard !state.withLock(\.isFinishing), time.now().addingTimeInterval(next.seconds) <= deadline else {
                    return expired(spans.count)
                }
                guard (try? await time.sleep(for: next)) != nil else { return queue.putBack(spans) }
            }
        }
    }

    private func post(_ body: [UInt8]) async -> ExportOutcome {
        var headers = endpoint.headers
        headers.append("Content-Type", "application/json")
        let request = HTTPRequest(
            method: "POST", url: endpoint.url, headers: headers, body: .bytes(body),
            timeouts: HTTPTimeouts(
                connect: TraceExportLimits.requestTime, total: TraceExportLimits.requestTime, idle: TraceExportLimits.requestTime))
        do throws(HTTPClientError) {
            return ExportOutcome(
                try await client.send(request, bodyBytesMax: TraceExportLimits.answerBytesMax))
        } catch {
            return ExportOutcome(error)
        }
    }

    // MARK: What came of it

    private func taken(_ count: Int, refused: Int, _ words: String) {
        let problem = refused == 0 ? nil : "it refused \(refused) of \(count) spans: \(words)"
        let before = state.withLock { state in
            state.counts.exported &+= UInt64(count - refused)
            state.counts.refused &+= UInt64(refused)
            return exchange(&state.problem, problem)
        }
        if let problem { return warn(problem, unlike: before) }
        if before != nil { logger.notice("traces are exported again", metadata: fields) }
    }

    private func refused(_ count: Int, _ why: String) {
        let before = state.withLock { state in
            state.counts.refused &+= UInt64(count)
            state.counts.failures &+= 1
            return exchange(&state.problem, why)
        }
        warn(why, unlike: before)
    }

    private func failed(_ why: String) {
        let before = state.withLock { state in
            state.counts.failures &+= 1
            return exchange(&state.problem, why)
        }
        warn(why, unlike: before)
    }

    private func expired(_ count: Int) {
        state.withLock { $0.counts.expired &+= UInt64(count) }
    }

    private func warn(_ why: String, unlike before: String?) {
        guard why != before else { return }
        var fields = fields
        fields[LogKey.error.rawValue] = "\(why)"
        logger.warning("traces cannot be exported", metadata: fields)
    }

    private var fields: Logger.Metadata { [LogKey.server.rawValue: "\(endpoint)"] }

    private func exchange(_ value: inout String?, _ new: String?) -> String? {
        defer { value = new }
        return value
    }
}
