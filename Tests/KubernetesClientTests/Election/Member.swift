@testable import KubernetesClient

/// A machine with time in seconds, and its actions in a form that can be compared.
struct Member {
    enum Answer: Hashable {
        case none, read, stop
        case create(holder: String, seconds: Int?, transitions: Int)
        case update(holder: String, seconds: Int?, transitions: Int, version: String)
        case wait(Duration)

        var isUpdate: Bool { if case .update = self { true } else { false } }
    }

    private(set) var machine: ElectionMachine
    private(set) var lastRecord: LeaseRecord?

    init(_ identity: String, _ timing: ElectionTiming = .standard) {
        machine = ElectionMachine(identity: identity, timing: timing)
    }

    mutating func send(_ event: ElectionMachine.Event, at seconds: Double, draw: Double = 0) -> Answer {
        switch machine.apply(event, now: .milliseconds(Int(seconds * 1000)), time: "\(seconds)", draw: draw) {
        case .none: return .none
        case .read: return .read
        case .stop: return .stop
        // Jitter is a fraction; a test means whole milliseconds.
        case .wait(let duration): return .wait(.milliseconds(Int((duration / .milliseconds(1)).rounded())))
        case .create(let record):
            lastRecord = record
            return .create(
                holder: record.holderIdentity, seconds: record.leaseDurationSeconds, transitions: record.leaseTransitions)
        case .update(let record, let lease):
            lastRecord = record
            return .update(
                holder: record.holderIdentity, seconds: record.leaseDurationSeconds, transitions: record.leaseTransitions,
                version: lease.resourceVersion)
        }
    }

    func term(at seconds: Double) -> UInt64? { machine.term(at: .milliseconds(Int(seconds * 1000))) }
    func isLeader(at seconds: Double) -> Bool { term(at: seconds) != nil }

    static func stored(_ record: LeaseRecord, _ version: String) -> StoredLease {
        StoredLease(record: record, resourceVersion: version, document: .empty)
    }

    /// One that has just made the Lease.
    static func leader(at seconds: Double) -> Member {
        var me = Member("me")
        _ = me.send(.due, at: seconds)
        _ = me.send(.absent, at: seconds)
        guard let record = me.lastRecord else { return me }
        _ = me.send(.written(stored(record, "1")), at: seconds)
        return me
    }

    /// One in each state, and a leader and a candidate where both can be.
    static func everyState() -> [Member] {
        var reading = Member("me")
        _ = reading.send(.due, at: 0)
        var writing = reading
        _ = writing.send(.absent, at: 0)
        var renewing = leader(at: 0)
        _ = renewing.send(.due, at: 0)
        var leaving = leader(at: 0)
        _ = leaving.send(.shutdown, at: 0)
        var releasing = leaving
        _ = releasing.send(.found(stored(LeaseRecord(holderIdentity: "me", leaseDurationSeconds: 15), "1")), at: 0)
        var stopped = Member("me")
        _ = stopped.send(.shutdown, at: 0)
        return [Member("me"), leader(at: 0), reading, writing, renewing, leaving, releasing, stopped]
    }

    static let everyEvent: [ElectionMachine.Event] = [
        .due, .deadline, .found(stored(LeaseRecord(holderIdentity: "", leaseDurationSeconds: 1), "1")), .absent,
        .written(stored(LeaseRecord(holderIdentity: "", leaseDurationSeconds: 1), "1")), .conflict, .failed, .shutdown,
    ]
}
