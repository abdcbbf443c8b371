/// One member of an election by a Lease, as client-go's `leaderelection` has it. Pure: time and chance come in as values, requests are
/// returned as actions.
///
/// - Others' clocks count for nothing. A member notes when, by its own clock, it last saw the Lease change, and leaves it alone for as
///   long as the Lease says.
/// - A leader's time runs from the moment at which it sent its last renewal that succeeded, and is over after the renew deadline. The
///   others saw that renewal later than it was sent and wait for longer than the deadline, so they can only come after the leader has
///   stopped, whether or not it ran meanwhile.
struct ElectionMachine {
    /// What is under way.
    enum State: Hashable, Sendable {
        /// Nothing, until the next attempt.
        case waiting
        /// The Lease is being read.
        case reading
        /// A renewal without reading before it: the Lease is still as we wrote it, unless somebody else did.
        case renewing(LeaseRecord, sentAt: Duration)
        /// The Lease is being taken, made or renewed as it was just read.
        case writing(LeaseRecord, sentAt: Duration)
        /// It is over for us; the Lease is read to be given back.
        case leaving
        /// The Lease is being given back.
        case releasing
        /// Nothing happens any more.
        case stopped
    }

    /// What happened.
    enum Event: Sendable {
        /// The wait is over.
        case due
        /// The end of our time may have come.
        case deadline
        /// The read gave this.
        case found(StoredLease)
        /// The read gave that there is none.
        case absent
        /// The write succeeded and gave this.
        case written(StoredLease)
        /// The write was refused, since the Lease is not as it was, or is gone.
        case conflict
        /// The request failed; a write may have had its effect.
        case failed
        /// The process goes.
        case shutdown
    }

    /// What the driver does next.
    enum Action: Sendable {
        /// Nothing: somebody else's event is still to come.
        case none
        /// Read the Lease.
        case read
        /// Make the Lease.
        case create(LeaseRecord)
        /// Replace the Lease, if it still has this version.
        case update(LeaseRecord, StoredLease)
        /// Come back with ``Event/due`` after this.
        case wait(Duration)
        /// It is over.
        case stop
    }

    /// A time in office.
    struct Tenure: Hashable, Sendable {
        /// Its number; the first is 1.
        let term: UInt64
        /// When it ends by itself, on our clock.
        var until: Duration
    }

    /// The Lease as it was last seen to change, and when.
    struct Observation: Sendable {
        var lease: StoredLease
        var at: Duration
    }

    private let identity: String
    private let timing: ElectionTiming
    private(set) var state = State.waiting
    private(set) var observed: Observation?
    private(set) var tenure: Tenure?
    private var termsHeld: UInt64 = 0
    /// Whether a write was ever sent: it may have had its effect, whatever came back.
    private var mayHold = false

    init(identity: String, timing: ElectionTiming) {
        self.identity = identity
        self.timing = timing
    }

    /// The number of the time in office, or nil.
    func term(at now: Duration) -> UInt64? {
        guard let tenure, now < tenure.until else { return nil }
        return tenure.term
    }

    /// Takes an event in.
    ///
    /// - Parameters:
    ///   - now: on a clock that also counts while the process or the machine is suspended.
    ///   - time: the wall clock as the Lease has it, for people to read.
    ///   - draw: a random number in 0...1.
    mutating func apply(_ event: Event, now: Duration, time: String, draw: Double) -> Action {
        if let tenure, tenure.until <= now { self.tenure = nil }
        switch (state, event) {
        case (.waiting, .due): return attempt(now, time)
        case (.reading, .found(let lease)): return decide(lease, now, time, draw)
        case (.reading, .absent): return create(now, time)
        case (.renewing(_, let sentAt), .written(let lease)), (.writing(_, let sentAt), .written(let lease)):
            return hold(lease, sentAt, now)
        // Somebody has written it. Who?
        case (.renewing, .conflict): return read()
        case (.reading, .failed), (.reading, .conflict), (.renewing, .failed), (.writing, .failed), (.writing, .conflict):
            return wait(draw)

        case (.waiting, .shutdown), (.reading, .shutdown), (.renewing, .shutdown), (.writing, .shutdown): return leave()
        case (.leaving, .found(let lease)): return release(lease, time)
        case (.leaving, .absent), (.leaving, .failed), (.leaving, .conflict): return stop()
        case (.releasing, .written), (.releasing, .failed), (.releasing, .conflict): return stop()

        // The tenure was looked at above, whatever is under way.
        case (.waiting, .deadline), (.reading, .deadline), (.renewing, .deadline), (.writing, .deadline), (.leaving, .deadline),
            (.releasing, .deadline), (.stopped, .deadline):
            return .none
        case (.leaving, .shutdown), (.releasing, .shutdown), (.stopped, .shutdown): return .none
        // An answer, or a wait, that outlived what it belonged to.
        case (.stopped, _), (.leaving, .due), (.releasing, .due): return .none

        case (.waiting, .found), (.waiting, .absent), (.waiting, .written), (.waiting, .conflict), (.waiting, .failed),
            (.reading, .due), (.reading, .written), (.renewing, .due), (.renewing, .found), (.renewing, .absent), (.writing, .due),
            (.writing, .found), (.writing, .absent), (.leaving, .written), (.releasing, .found), (.releasing, .absent):
            preconditionFailure("election: \(event) in state \(state), which asked for something else")
        }
    }

    // MARK: Getting and holding it

    private mutating func attempt(_ now: Duration, _ time: String) -> Action {
        guard tenure != nil, let lease = observed?.lease, lease.record.holderIdentity == identity else { return read() }
        let record = renewed(lease.record, time)
        state = .renewing(record, sentAt: now)
        return .update(record, lease)
    }

    private mutating func decide(_ lease: StoredLease, _ now: Duration, _ time: String, _ draw: Double) -> Action {
        observe(lease, now)
        let record = lease.record
        if record.holderIdentity != identity, !record.holderIdentity.isEmpty {
            // Whoever stands there was let in by the API server, so our time is over, however much of it seems to be left.
            tenure = nil
            guard let observed, observed.at + record.duration(timing) <= now else { return wait(draw) }
        }
        let next = record.holderIdentity == identity ? renewed(record, time) : taken(record, time)
        state = .writing(next, sentAt: now)
        mayHold = true
        return .update(next, lease)
    }

    private mutating func create(_ now: Duration, _ time: String) -> Action {
        observed = nil
        let record = fresh(time, transitions: 0)
        state = .writing(record, sentAt: now)
        mayHold = true
        return .create(record)
    }

    /// It is ours, from the moment at which we asked for it.
    private mutating func hold(_ lease: StoredLease, _ sentAt: Duration, _ now: Duration) -> Action {
        state = .waiting
        observed = Observation(lease: lease, at: now)
        let until = sentAt + timing.renewDeadline
        // The answer may be that to an old request of a process that was stopped meanwhile.
        if until > now {
            if tenure == nil { termsHeld += 1 }
            tenure = Tenure(term: termsHeld, until: until)
        }
        return .wait(timing.retryPeriod)
    }

    private mutating func observe(_ lease: StoredLease, _ now: Duration) {
        // What does not concern the holder, such as a label, is no sign of life.
        guard let before = observed, before.lease.record == lease.record else {
            observed = Observation(lease: lease, at: now)
            return
        }
        observed = Observation(lease: lease, at: before.at)
    }

    private mutating func read() -> Action {
        state = .reading
        return .read
    }

    private mutating func wait(_ draw: Double) -> Action {
        state = .waiting
        return .wait(tenure == nil ? timing.candidateWait(draw: draw) : timing.retryPeriod)
    }

    // MARK: Giving it back

    private mutating func leave() -> Action {
        tenure = nil
        guard mayHold else { return stop() }
        state = .leaving
        return .read
    }

    private mutating func release(_ lease: StoredLease, _ time: String) -> Action {
        guard lease.record.holderIdentity == identity else { return stop() }
        state = .releasing
        // As client-go: nobody holds it, and who does not look at the holder finds it ended.
        let record = LeaseRecord(
            holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time,
            leaseTransitions: lease.record.leaseTransitions)
        return .update(record, lease)
    }

    private mutating func stop() -> Action {
        state = .stopped
        tenure = nil
        return .stop
    }

    // MARK: Records

    private func fresh(_ time: String, transitions: Int) -> LeaseRecord {
        LeaseRecord(
            holderIdentity: identity, leaseDurationSeconds: Int(timing.leaseDuration.components.seconds), acquireTime: time,
            renewTime: time, leaseTransitions: transitions)
    }

    private func renewed(_ record: LeaseRecord, _ time: String) -> LeaseRecord {
        var next = fresh(time, transitions: record.leaseTransitions)
        next.acquireTime = record.acquireTime ?? time
        return next
    }

    private func taken(_ record: LeaseRecord, _ time: String) -> LeaseRecord {
        // The field is an int32 on the other side; one that is full, or nonsense, starts again.
        let transitions = (0..<Int(Int32.max)).contains(record.leaseTransitions) ? record.leaseTransitions + 1 : 0
        return fresh(time, transitions: transitions)
    }
}
