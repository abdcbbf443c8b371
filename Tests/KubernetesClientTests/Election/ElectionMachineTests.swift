import Core
import Testing

@testable import KubernetesClient

@Suite("Election by a Lease: the machine, as client-go's leaderelection") struct ElectionMachineTests {
    private let timing = ElectionTiming.standard

    private func lease(
        _ holder: String, version: String = "1", renewed: String = "t0", seconds: Int? = 15, transitions: Int = 3
    ) -> StoredLease {
        Member.stored(
            LeaseRecord(
                holderIdentity: holder, leaseDurationSeconds: seconds, acquireTime: "a", renewTime: renewed,
                leaseTransitions: transitions), version)
    }

    // MARK: Taking it

    @Test func `a Lease that is not there is made, and held from the moment of asking`() {
        var me = Member("me")
        #expect(me.send(.due, at: 0) == .read)
        #expect(me.send(.absent, at: 1) == .create(holder: "me", seconds: 15, transitions: 0))
        #expect(!me.isLeader(at: 1))
        #expect(me.send(.written(lease("me")), at: 3) == .wait(.seconds(2)))
        #expect(me.isLeader(at: 3))
        #expect(me.isLeader(at: 10.999))
        // Ten seconds after it was asked for, not after it was had.
        #expect(!me.isLeader(at: 11))
        #expect(me.term(at: 4) == 1)
    }

    @Test func `a Lease that somebody else made first is left to them`() {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        _ = me.send(.absent, at: 0)
        #expect(me.send(.conflict, at: 0, draw: 1) == .wait(.milliseconds(4400)))
        #expect(me.send(.due, at: 4.4) == .read)
        #expect(me.send(.found(lease("other")), at: 4.4, draw: 0) == .wait(.seconds(2)))
        #expect(!me.isLeader(at: 5))
    }

    @Test func `a Lease of somebody else is taken once it has not changed for as long as it says, by our own clock`() {
        var me = Member("me")
        _ = me.send(.due, at: 100)
        #expect(me.send(.found(lease("other", seconds: 20)), at: 100, draw: 0) == .wait(.seconds(2)))
        _ = me.send(.due, at: 119.9)
        #expect(me.send(.found(lease("other", seconds: 20)), at: 119.9, draw: 0) == .wait(.seconds(2)))
        _ = me.send(.due, at: 120)
        #expect(me.send(.found(lease("other", seconds: 20)), at: 120) == .update(holder: "me", seconds: 15, transitions: 4, version: "1"))
        #expect(me.send(.written(lease("me", version: "2")), at: 120) == .wait(.seconds(2)))
        #expect(me.isLeader(at: 121))
    }

    @Test func `each renewal that is seen starts the wait anew, and what does not concern the holder does not`() {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        _ = me.send(.found(lease("other", version: "1", renewed: "t1")), at: 0)
        _ = me.send(.due, at: 10)
        _ = me.send(.found(lease("other", version: "2", renewed: "t2")), at: 10)
        _ = me.send(.due, at: 20)
        // A label changed: another version, the same record.
        #expect(me.send(.found(lease("other", version: "3", renewed: "t2")), at: 20, draw: 0) == .wait(.seconds(2)))
        _ = me.send(.due, at: 25)
        #expect(
            me.send(.found(lease("other", version: "3", renewed: "t2")), at: 25)
                == .update(holder: "me", seconds: 15, transitions: 4, version: "3"))
    }

    @Test func `a Lease that was given back is taken at once`() {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        #expect(
            me.send(.found(lease("", seconds: 1)), at: 0) == .update(holder: "me", seconds: 15, transitions: 4, version: "1"))
    }

    @Test(arguments: [nil, 0, -5, Int.min]) func `a duration that is none counts as our own`(_ seconds: Int?) {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        _ = me.send(.found(lease("other", seconds: seconds)), at: 0)
        _ = me.send(.due, at: 14.9)
        #expect(me.send(.found(lease("other", seconds: seconds)), at: 14.9, draw: 0) == .wait(.seconds(2)))
        _ = me.send(.due, at: 15)
        #expect(me.send(.found(lease("other", seconds: seconds)), at: 15).isUpdate)
    }

    @Test func `a duration of ages is respected for an hour`() {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        _ = me.send(.found(lease("other", seconds: .max)), at: 0)
        _ = me.send(.due, at: 3599)
        #expect(!me.send(.found(lease("other", seconds: .max)), at: 3599).isUpdate)
        _ = me.send(.due, at: 3600)
        #expect(me.send(.found(lease("other", seconds: .max)), at: 3600).isUpdate)
    }

    @Test(arguments: [(Int.max, 0), (-7, 0), (Int(Int32.max), 0), (Int(Int32.max) - 1, Int(Int32.max))])
    func `transitions never overflow`(_ stored: Int, _ next: Int) {
        var me = Member("me")
        _ = me.send(.due, at: 0)
        #expect(
            me.send(.found(lease("", transitions: stored)), at: 0)
                == .update(holder: "me", seconds: 15, transitions: next, version: "1"))
    }

    // MARK: Keeping it

    @Test func `a leader renews without reading, keeping when and how often it was taken`() {
        var me = Member.leader(at: 0)
        #expect(me.send(.due, at: 2) == .update(holder: "me", seconds: 15, transitions: 0, version: "1"))
        #expect(me.lastRecord?.acquireTime == "0.0")
        #expect(me.lastRecord?.renewTime == "2.0")
        #expect(me.send(.written(lease("me", version: "2")), at: 2.5) == .wait(.seconds(2)))
        #expect(me.isLeader(at: 11.9))
        #expect(!me.isLeader(at: 12))
        #expect(me.term(at: 3) == 1)
    }

    @Test func `a leader whose renewal is refused looks who it was`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 2)
        #expect(me.send(.conflict, at: 2) == .read)
        // Somebody put a label on it.
        #expect(
            me.send(.found(lease("me", version: "9", transitions: 0)), at: 2)
                == .update(holder: "me", seconds: 15, transitions: 0, version: "9"))
        _ = me.send(.written(lease("me", version: "10")), at: 2)
        #expect(me.term(at: 3) == 1)
    }

    @Test func `a leader that finds somebody else in its place stops at once`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 2)
        _ = me.send(.conflict, at: 2)
        #expect(me.isLeader(at: 2))
        #expect(me.send(.found(lease("other", version: "9")), at: 2, draw: 0) == .wait(.seconds(2)))
        #expect(!me.isLeader(at: 2))
    }

    @Test func `a leader whose Lease was deleted makes it again`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 2)
        _ = me.send(.conflict, at: 2)
        #expect(me.send(.absent, at: 2) == .create(holder: "me", seconds: 15, transitions: 0))
        _ = me.send(.written(lease("me", version: "10")), at: 2)
        #expect(me.term(at: 11) == 1)
    }

    @Test func `a leader that cannot renew goes on trying, and stops leading at the deadline`() {
        var me = Member.leader(at: 0)
        for time in [2.0, 4, 6, 8] {
            #expect(me.send(.due, at: time).isUpdate)
            #expect(me.send(.failed, at: time, draw: 1) == .wait(.seconds(2)))
            #expect(me.isLeader(at: time))
        }
        #expect(me.send(.deadline, at: 10) == .none)
        #expect(me.machine.tenure == nil)
        // From here on it is a candidate like the others, which reads first.
        #expect(me.send(.due, at: 10) == .read)
        #expect(me.send(.failed, at: 10, draw: 1) == .wait(.milliseconds(4400)))
    }

    @Test func `after the deadline the same process gets another term`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 12)
        #expect(me.send(.found(lease("me")), at: 12).isUpdate)
        _ = me.send(.written(lease("me", version: "2")), at: 12)
        #expect(me.term(at: 13) == 2)
    }

    @Test func `an answer that comes after its own deadline makes nobody a leader`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 2)
        // Stopped for a minute with the request under way.
        #expect(!me.isLeader(at: 62))
        _ = me.send(.written(lease("me", version: "2")), at: 62)
        #expect(!me.isLeader(at: 62))
        #expect(me.send(.due, at: 64) == .read)
    }

    @Test func `a renewal that was sent in time and answered late begins another term`() {
        var me = Member.leader(at: 0)
        _ = me.send(.due, at: 9)
        _ = me.send(.written(lease("me", version: "2")), at: 11)
        #expect(me.term(at: 11) == 2)
        #expect(!me.isLeader(at: 19))
    }

    // MARK: Giving it back

    @Test func `a leader that goes gives the Lease back`() {
        var me = Member.leader(at: 0)
        #expect(me.send(.shutdown, at: 1) == .read)
        #expect(!me.isLeader(at: 1))
        #expect(
            me.send(.found(lease("me", version: "5", transitions: 7)), at: 1)
                == .update(holder: "", seconds: 1, transitions: 7, version: "5"))
        #expect(me.send(.written(lease("", version: "6")), at: 1) == .stop)
    }

    @Test func `one that goes gives nothing back that is somebody else's, or gone, or out of reach`() {
        for event in [ElectionMachine.Event.found(lease("other")), .found(lease("")), .absent, .failed, .conflict] {
            var me = Member.leader(at: 0)
            _ = me.send(.shutdown, at: 1)
            #expect(me.send(event, at: 1) == .stop)
        }
        for event in [ElectionMachine.Event.failed, .conflict] {
            var me = Member.leader(at: 0)
            _ = me.send(.shutdown, at: 1)
            _ = me.send(.found(lease("me")), at: 1)
            #expect(me.send(event, at: 1) == .stop)
        }
    }

    @Test func `a candidate that never asked for it just goes, and one whose write was lost looks first`() {
        var candidate = Member("me")
        _ = candidate.send(.due, at: 0)
        _ = candidate.send(.found(lease("other")), at: 0)
        #expect(candidate.send(.shutdown, at: 1) == .stop)
        var unsure = Member("me")
        _ = unsure.send(.due, at: 0)
        _ = unsure.send(.absent, at: 0)
        _ = unsure.send(.failed, at: 0)
        #expect(unsure.send(.shutdown, at: 1) == .read)
        #expect(unsure.send(.found(lease("me")), at: 1) == .update(holder: "", seconds: 1, transitions: 3, version: "1"))
    }

    // MARK: Every state and event

    @Test func `shutdown and the deadline are taken in every state, and nothing wakes what has stopped`() {
        for state in Member.everyState() {
            var member = state
            #expect(member.send(.deadline, at: 50) == .none)
            #expect(!member.isLeader(at: 50))
            member = state
            let action = member.send(.shutdown, at: 1)
            switch state.machine.state {
            case .waiting: #expect(action == .stop || action == .read)
            case .reading: #expect(action == .stop)
            case .renewing, .writing: #expect(action == .read)
            case .leaving, .releasing, .stopped: #expect(action == .none)
            }
            #expect(!member.isLeader(at: 1))
        }
        for event in Member.everyEvent {
            var stopped = Member("me")
            #expect(stopped.send(.shutdown, at: 0) == .stop)
            #expect(stopped.send(event, at: 1) == .none)
        }
        for event in [ElectionMachine.Event.due] {
            var leaving = Member.leader(at: 0)
            _ = leaving.send(.shutdown, at: 1)
            #expect(leaving.send(event, at: 1) == .none)
            _ = leaving.send(.found(lease("me")), at: 1)
            #expect(leaving.send(event, at: 1) == .none)
        }
    }

    @Test func `a failed request is tried again after the period, from every state that has one`() {
        var reading = Member("me")
        _ = reading.send(.due, at: 0)
        #expect(reading.send(.failed, at: 0, draw: 0) == .wait(.seconds(2)))
        var writing = Member("me")
        _ = writing.send(.due, at: 0)
        _ = writing.send(.absent, at: 0)
        #expect(writing.send(.failed, at: 0, draw: 0.5) == .wait(.milliseconds(3200)))
        // It may have had its effect all the same.
        _ = writing.send(.due, at: 3.2)
        #expect(writing.send(.found(lease("me")), at: 3.2).isUpdate)
        var conflict = Member("me")
        _ = conflict.send(.due, at: 0)
        _ = conflict.send(.found(lease("")), at: 0)
        #expect(conflict.send(.conflict, at: 0, draw: 0) == .wait(.seconds(2)))
    }

    // MARK: The timing

    @Test func `a timing by which two could lead, or nobody, is refused`() {
        #expect(ElectionTiming() == .standard)
        #expect(ElectionTiming(leaseDuration: .seconds(10), renewDeadline: .seconds(10)) == nil)
        #expect(ElectionTiming(renewDeadline: .milliseconds(2400)) == nil)
        #expect(ElectionTiming(renewDeadline: .milliseconds(2401)) != nil)
        #expect(ElectionTiming(leaseDuration: .milliseconds(15_500)) == nil)
        #expect(ElectionTiming(leaseDuration: .seconds(3601)) == nil)
        #expect(ElectionTiming(leaseDuration: .seconds(3600)) != nil)
        #expect(ElectionTiming(retryPeriod: .zero) == nil)
        #expect(ElectionTiming(jitterFactor: -1) == nil)
    }
}
