internal import ACME
internal import Core
internal import FoundationEssentials
internal import Synchronization
internal import Telemetry

/// The spans of one order at one CA, made from the steps that its driver tells: the order, each authorization with its challenges and
/// self-checks, finalizing, downloading. A step took from the one before it until now.
final class OrderTrace: Sendable {
    private enum Stage: Hashable {
        case order, authorization(String), finalize, download
    }

    private struct Open {
        let id: SpanID
        let start: UInt64
        var end: UInt64
        var failure: String?
        var events: [TraceSpan.Event] = []
    }

    private struct State {
        var stages: [Stage: Open] = [:]
        /// In which they began.
        var order: [Stage] = []
        /// Below authorizations.
        var challenges: [TraceSpan] = []
        /// Of the challenge that is being presented.
        var selfChecks: [(start: UInt64, end: UInt64, failure: String?)] = []
        var last: UInt64
    }

    private let trace: AttemptTrace
    private let directory: String
    private let isRehearsal: Bool
    private let state: Mutex<State>

    init(_ trace: AttemptTrace, directory: String, isRehearsal: Bool) {
        self.trace = trace
        self.directory = directory
        self.isRehearsal = isRehearsal
        state = Mutex(State(last: trace.time.now().traceTime))
    }

    /// Notes a look at a challenge; the step that presents it comes afterwards.
    func selfChecked(from start: UInt64, failure: String?) {
        let end = trace.time.now().traceTime
        state.withLock { $0.selfChecks.append((start, end, failure)) }
    }

    /// Notes a step.
    func took(_ step: OrderDriver.Step) {
        let now = trace.time.now().traceTime
        state.withLock { state in
            let began = state.last
            state.last = now
            let stage = Self.stage(of: step.work)
            if state.stages[stage] == nil {
                var random = SystemRandomNumberGenerator()
                state.stages[stage] = Open(id: SpanID(using: &random), start: began, end: now)
                state.order.append(stage)
            }
            state.stages[stage]?.end = now
            state.stages[stage]?.failure = step.failure
            // Polling a slow CA makes many of them.
            if let count = state.stages[stage]?.events.count, count < Self.eventsMax {
                state.stages[stage]?.events.append(TraceSpan.Event(at: now, name: step.description))
            }
            if case .challenge(let name, let type) = step.work, let parent = state.stages[stage]?.id {
                addChallenge(name, type, step.failure, parent, from: began, to: now, &state)
            }
        }
    }

    /// The order is over.
    ///
    /// - Parameter failure: Why there is no certificate.
    func end(_ failure: String?) {
        let spans = state.withLock { state in
            if let failure, let last = state.order.last, state.stages[last]?.failure == nil { state.stages[last]?.failure = failure }
            return state.order.compactMap { stage in state.stages[stage].map { span(stage, $0) } } + state.challenges
        }
        trace.add(spans)
    }

    private func addChallenge(
        _ name: String, _ type: String, _ failure: String?, _ parent: SpanID, from start: UInt64, to end: UInt64, _ state: inout State
    ) {
        var random = SystemRandomNumberGenerator()
        var span = trace.span("present challenge", id: SpanID(using: &random), parent: parent, from: start, to: end)
        span.set("certctl.challenge", .text(type))
        span.set("certctl.host", .text(name))
        span.failure = failure
        state.challenges.append(span)
        for check in state.selfChecks {
            var below = trace.span("self-check", id: SpanID(using: &random), parent: span.spanID, from: check.start, to: check.end)
            below.set("certctl.challenge", .text(type))
            below.set("certctl.host", .text(name))
            below.failure = check.failure
            state.challenges.append(below)
        }
        state.selfChecks = []
    }

    private func span(_ stage: Stage, _ open: Open) -> TraceSpan {
        let name =
            switch stage {
            case .order: "order"
            case .authorization: "authorization"
            case .finalize: "finalize"
            case .download: "download"
            }
        var span = trace.span(name, id: open.id, parent: trace.rootID, kind: .client, from: open.start, to: open.end)
        span.set("certctl.directory", .text(directory))
        if isRehearsal { span.set("certctl.rehearsal", .flag(true)) }
        if case .authorization(let host) = stage { span.set("certctl.host", .text(host)) }
        span.failure = open.failure
        span.events = open.events
        return span
    }

    private static func stage(of work: OrderDriver.Step.Work) -> Stage {
        switch work {
        case .order: .order
        case .authorization(let name), .challenge(let name, _): .authorization(name)
        case .finalize: .finalize
        case .download: .download
        }
    }

    /// Events of one span.
    private static let eventsMax = 32
}
