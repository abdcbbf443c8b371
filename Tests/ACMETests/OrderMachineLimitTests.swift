import Core
import FoundationEssentials
import TestKit
import Testing

@testable import ACME

@Suite("Order machine: every wait and every repeat is bounded")
struct OrderMachineLimitTests {
    @Test func `an order without progress is left after the last allowed poll and stays resumable`() {
        var machine = Sample.machine(in: .reading(.processing))
        for poll in 1...ACMELimits.pollsMax {
            let action = machine.apply(.order(Sample.order(.processing), retryAfter: nil), at: Sample.now)
            #expect(Sample.name(action) == "readOrder", "poll \(poll)")
        }
        let last = machine.apply(.order(Sample.order(.processing), retryAfter: nil), at: Sample.now)
        #expect(Sample.name(last) == "stop(stillProcessing)")
        #expect(machine.state.name == "stopped")
    }

    @Test func `an authorization without progress is left after the last allowed poll`() {
        var machine = Sample.machine(in: .validating(Sample.waiting))
        for _ in 1...ACMELimits.pollsMax {
            #expect(
                Sample.name(machine.apply(.authorization(Sample.authorization(), retryAfter: nil), at: Sample.now)) == "readAuthorization")
        }
        #expect(
            Sample.name(machine.apply(.authorization(Sample.authorization(), retryAfter: nil), at: Sample.now)) == "stop(stillProcessing)")
    }

    @Test func `waits grow from the first to the longest and stay there`() {
        var machine = Sample.machine(in: .reading(.processing))
        var delays: [Duration] = []
        for _ in 1...ACMELimits.pollsMax {
            guard case .readOrder(let delay) = machine.apply(.order(Sample.order(.processing), retryAfter: nil), at: Sample.now) else {
                break
            }
            delays.append(delay)
        }
        #expect(delays.first == ACMELimits.pollDelayMin)
        #expect(delays.last == ACMELimits.pollDelayMax)
        #expect(delays == delays.sorted())
        #expect(delays.reduce(.zero, +) < .minutes(6))
    }

    @Test func `Retry-After sets the pace, zero does not`() {
        var machine = Sample.machine(in: .reading(.processing))
        #expect(machine.apply(.order(Sample.order(.processing), retryAfter: .seconds(7)), at: Sample.now) == .readOrder(after: .seconds(7)))
        guard case .readOrder(let delay) = machine.apply(.order(Sample.order(.processing), retryAfter: .zero), at: Sample.now) else {
            Issue.record("expected a poll")
            return
        }
        #expect(delay >= ACMELimits.pollDelayMin)
    }

    @Test func `a Retry-After of the limit is waited for, a longer one ends the run with its time`() {
        var machine = Sample.machine(in: .reading(.processing))
        let longest = ACMELimits.pollRetryAfterMax
        #expect(machine.apply(.order(Sample.order(.processing), retryAfter: longest), at: Sample.now) == .readOrder(after: longest))
        let action = machine.apply(.order(Sample.order(.processing), retryAfter: longest + .seconds(1)), at: Sample.now)
        guard case .stop(let error) = action else {
            Issue.record("expected a stop")
            return
        }
        #expect(error.code == .stillProcessing)
        #expect(error.retryAfter == Sample.now.addingTimeInterval(longest.seconds + 1))
        #expect(machine.state.name == "stopped")
    }

    @Test func `an order that vanishes again and again is given up`() {
        var machine = OrderMachine(start: .resuming(orderedAt: nil), request: Sample.request)
        _ = machine.begin()
        for _ in 1...ACMELimits.ordersPerRunMax {
            #expect(Sample.name(machine.apply(.gone(Sample.error), at: Sample.now)) == "createOrder")
            _ = machine.apply(.order(Sample.order(), retryAfter: nil), at: Sample.now)
            _ = machine.apply(.recorded, at: Sample.now)
        }
        #expect(Sample.name(machine.apply(.gone(Sample.error), at: Sample.now)) == "clearOrder")
    }

    @Test(arguments: [ACMEError.Code.network, .refused])
    func `a finalize that never becomes clear ends with its own error`(code: ACMEError.Code) {
        let error = ACMEError(code, fault: .certificateAuthority, subject: "finalize", reason: "again")
        var machine = Sample.machine(in: .reading(.authorized))
        for _ in 1..<ACMELimits.finalizesPerRunMax {
            #expect(Sample.name(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "finalize")
            #expect(Sample.name(machine.apply(.unclear(error), at: Sample.now)) == "readOrder")
        }
        #expect(Sample.name(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "finalize")
        // What the CA refused is over; what was lost may have taken effect, so that order is kept.
        let expected = code == .refused ? "clearOrder" : "stop(network)"
        #expect(Sample.name(machine.apply(.unclear(error), at: Sample.now)) == expected)
    }

    @Test func `an order that stays ready is not finalized for ever`() {
        var machine = Sample.machine(in: .reading(.authorized))
        for _ in 1...ACMELimits.finalizesPerRunMax {
            #expect(Sample.name(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "finalize")
            #expect(Sample.name(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "readOrder")
        }
        #expect(Sample.name(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "stop(stillProcessing)")
    }

    @Test func `a download that cannot be read is repeated and then given up`() {
        let valid = Sample.order(.valid, certificate: "https://ca.test/certificate/1")
        var machine = Sample.machine(in: .reading(.processing))
        for _ in 1..<ACMELimits.downloadsPerRunMax {
            #expect(Sample.name(machine.apply(.order(valid, retryAfter: nil), at: Sample.now)) == "download")
            #expect(Sample.name(machine.apply(.unclear(Sample.error), at: Sample.now)) == "readOrder")
        }
        #expect(Sample.name(machine.apply(.order(valid, retryAfter: nil), at: Sample.now)) == "download")
        #expect(Sample.name(machine.apply(.unclear(Sample.error), at: Sample.now)) == "clearOrder")
    }

    /// A hostile or broken CA: whatever it answers, and in whatever order, a run ends.
    @Test(arguments: 1...200) func `random answers of a CA always end a run`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var machine = OrderMachine(start: .anew, request: Sample.request)
        var action = machine.begin()
        var steps = 0
        while !machine.state.isFinal {
            steps += 1
            guard steps <= ACMELimits.eventsPerRunMax + 1 else {
                Issue.record("seed \(seed): no end after \(steps) steps, in \(machine.state.name)")
                return
            }
            action = machine.apply(Self.answer(to: action, &random), at: Sample.now)
        }
        guard case .stop = action else {
            #expect(action == .deliver)
            return
        }
    }

    @Test func `apparent progress for ever ends with the last allowed step`() {
        var machine = Sample.machine(in: .reading(.resumed))
        // Valid authorizations reset the count of polls, and the order never becomes ready.
        var action = OrderMachine.Action.readOrder(after: .zero)
        var steps = 0
        while !machine.state.isFinal {
            steps += 1
            machine.pollsDone = 0
            action = machine.apply(.order(Sample.order(.processing), retryAfter: nil), at: Sample.now)
        }
        #expect(steps == ACMELimits.eventsPerRunMax + 1)
        #expect(Sample.name(action) == "stop(stillProcessing)")
    }

    private static func answer(to action: OrderMachine.Action, _ random: inout SplitMix64) -> OrderMachine.Event {
        let orders: [Order.Status] = [.pending, .ready, .processing, .valid, .invalid]
        let authorizations: [Authorization.Status] = [.pending, .pending, .valid, .valid, .valid, .invalid, .expired]
        let trouble: [OrderMachine.Event] = [.gone(Sample.error), .unclear(Sample.error)]
        func order() -> OrderMachine.Event {
            let status = orders.randomElement(using: &random) ?? .pending
            let hasCertificate = Bool.random(using: &random)
            return .order(Sample.order(status, certificate: hasCertificate ? "https://ca.test/certificate/1" : nil), retryAfter: nil)
        }
        let isTrouble = Int.random(in: 0..<10, using: &random) == 0
        switch action {
        case .prepare: return .prepared
        case .createOrder: return order()
        case .recordOrder, .clearOrder: return .recorded
        case .readOrder: return isTrouble ? .gone(Sample.error) : order()
        case .readAuthorization:
            let challenge = Sample.challenge(Bool.random(using: &random) ? .pending : .processing)
            let status = authorizations.randomElement(using: &random) ?? .valid
            return .authorization(Sample.authorization(status, [challenge]), retryAfter: nil)
        case .present: return .presented
        case .respond: return isTrouble ? trouble.randomElement(using: &random) ?? .responded : .responded
        case .finalize: return isTrouble ? trouble.randomElement(using: &random) ?? .prepared : order()
        case .download: return .unclear(Sample.error)
        case .deliver, .stop: return .prepared
        }
    }
}
