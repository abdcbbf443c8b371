/// Names of states and events, for logs and errors: without payload, so nothing secret is in them.
extension OrderMachine.State {
    /// The state's name.
    public var name: String {
        switch self {
        case .preparing: "preparing"
        case .ordering: "ordering"
        case .recording: "recording"
        case .reading(let reading): "reading (\(reading))"
        case .inspecting: "inspecting"
        case .presenting: "presenting"
        case .responding: "responding"
        case .validating: "validating"
        case .finalizing: "finalizing"
        case .downloading: "downloading"
        case .clearing: "clearing"
        case .issued: "issued"
        case .failed: "failed"
        case .stopped: "stopped"
        }
    }

    /// Whether the run is over.
    public var isFinal: Bool {
        switch self {
        case .issued, .failed, .stopped: true
        case .preparing, .ordering, .recording, .reading, .inspecting, .presenting, .responding, .validating, .finalizing,
            .downloading, .clearing:
            false
        }
    }
}

extension OrderMachine.Event {
    /// The event's name.
    public var name: String {
        switch self {
        case .prepared: "prepared"
        case .order(let order, _): "order (\(order.status.rawValue))"
        case .authorization(let authorization, _): "authorization (\(authorization.status.rawValue))"
        case .recorded: "recorded"
        case .presented: "presented"
        case .responded: "responded"
        case .certificateAccepted: "certificateAccepted"
        case .unavailable: "unavailable"
        case .replacesRefused: "replacesRefused"
        case .gone: "gone"
        case .unclear: "unclear"
        case .refused: "refused"
        case .interrupted: "interrupted"
        }
    }
}
