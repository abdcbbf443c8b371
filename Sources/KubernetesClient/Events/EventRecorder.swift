public import Core
internal import FoundationEssentials
public import Logging
internal import Synchronization

/// Writes events to the API server, behind everything else: telling about an issuance never delays or fails it.
public final class EventRecorder: Sendable {
    /// `reportingController` of every event.
    public static let controller = "certctl.dev/certctl"

    /// What became of the events.
    public struct Counts: Hashable, Sendable {
        /// Handed in.
        public var recorded = 0
        /// Writes that the API server took, new events and series.
        public var written = 0
        /// Dropped because ``EventLimits/queueMax`` others waited.
        public var dropped = 0
        /// Not written because there were too many about one object.
        public var limited = 0
        /// Given up after an error.
        public var failed = 0
    }

    private struct State {
        var queue: [ReportedEvent] = []
        var correlator = EventCorrelator()
        var counts = Counts()
        var nextTick = Date.distantPast
        /// Wakes ``run()``, while it runs.
        var wake: AsyncStream<Void>.Continuation?
        /// Errors that were logged: one line for each kind until something is written again.
        var loggedFailures: Set<APIError.Code> = []
    }

    private let client: APIClient
    private let instance: String
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    /// Makes a recorder; it writes while ``run()`` runs.
    ///
    /// - Parameter instance: `reportingInstance`: the Pod's name, or whatever tells this process from others.
    public init(client: APIClient, instance: String, time: any TimeSource = SystemTime(), logger: Logger) {
        self.client = client
        self.instance = instance.isEmpty ? "certctl" : instance.cut(toBytes: EventLimits.wordBytesMax)
        self.time = time
        self.logger = logger
    }

    /// What became of the events until now.
    public var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.limited = state.correlator.limited
            return counts
        }
    }

    /// Hands in an event. Returns at once, from any thread; nothing is thrown when it cannot be written.
    public func record(_ event: ReportedEvent) {
        let isFirstDropped = state.withLock { state in
            state.counts.recorded += 1
            guard state.queue.count < EventLimits.queueMax else {
                state.counts.dropped += 1
                return state.counts.dropped == 1
            }
            state.queue.append(event)
            return false
        }
        if isFirstDropped {
            logger.warning("events are dropped: too many wait for the API server", metadata: ["limit": "\(EventLimits.queueMax)"])
        }
        wake()
    }

    private func wake() { state.withLock { _ = $0.wake?.yield() } }

    /// Writes what is handed in until the task is cancelled; what waits then is written when it runs again. One call at a time.
    public func run() async {
        let (work, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wake = continuation }
        continuation.yield()
        await withTaskGroup { group in
            group.addTask { [self] in
                for await _ in work {
                    while let write = nextWrite() {
                        await send(write)
                        if Task.isCancelled { return }
                    }
                }
            }
            group.addTask { [self] in
                while (try? await time.sleep(for: EventLimits.tickInterval)) != nil { wake() }
            }
            await group.waitForAll()
        }
    }

    /// Writes that are decided and not sent; only the one task of ``run()`` uses it.
    private let decided = Mutex<[EventCorrelator.Write]>([])

    private func nextWrite() -> EventCorrelator.Write? {
        decided.withLock { decided in
            if decided.isEmpty { decided = decide().reversed() }
            return decided.popLast()
        }
    }

    private func decide() -> [EventCorrelator.Write] {
        let now = time.now()
        return state.withLock { state in
            var writes: [EventCorrelator.Write] = []
            if state.nextTick <= now {
                state.nextTick = now.addingTimeInterval(EventLimits.tickInterval.seconds)
                writes = state.correlator.tick(now: now)
            }
            let events = state.queue
            state.queue = []
            for event in events { writes += state.correlator.record(event, now: now) }
            return writes
        }
    }

    private func send(_ write: EventCorrelator.Write) async {
        var pause = EventLimits.pauseMin
        for attempt in 1...EventLimits.attemptsMax {
            do throws(APIError) {
                try await sendOnce(write)
                state.withLock { state in
                    state.counts.written += 1
                    state.loggedFailures = []
                }
                return
            } catch {
                if error.code == .cancelled || error.code == .closed { return }
                guard error.isTransient, attempt < EventLimits.attemptsMax else { return failed(error) }
                guard (try? await time.sleep(for: max(error.retryAfter ?? .zero, pause))) != nil else { return }
                pause = min(pause * 2, EventLimits.pauseMax)
            }
        }
    }

    private func sendOnce(_ write: EventCorrelator.Write) async throws(APIError) {
        switch write {
        case .create(let record): try await create(record)
        case .patchSeries(let record):
            let patch = APIRequest.mergePatch(.events, namespace: record.namespace, name: record.name, body: record.seriesPatch)
            do throws(APIError) {
                _ = try await client.send(patch)
            } catch {
                // The API server has forgotten the event, or never got it.
                guard error.code == .notFound else { throw error }
                try await create(record)
            }
        }
    }

    private func create(_ record: EventRecord) async throws(APIError) {
        let body = record.body(controller: EventRecorder.controller, instance: instance)
        do throws(APIError) {
            _ = try await client.send(.create(.events, namespace: record.namespace, name: record.name, body: body))
        } catch {
            // Told already: by another leader, or by ourselves when the answer got lost.
            guard error.code == .alreadyExists else { throw error }
        }
    }

    private func failed(_ error: APIError) {
        let isFirst = state.withLock { state in
            state.counts.failed += 1
            return state.loggedFailures.insert(error.code).inserted
        }
        if isFirst { logger.warning("an event could not be written", metadata: ["error": "\(error)"]) }
    }
}
