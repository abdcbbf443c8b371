import FoundationEssentials
import Testing

@testable import ACME

/// State × event, completely: every pair is either in the table below or a bug of the driver, which stops the run.
@Suite("Order machine, RFC 8555 §7.1.6: state × event")
struct OrderMachineTableTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let state: Sample.State
        let event: Sample.Event
        let next: String
        let action: String
        var testDescription: String { "\(state) × \(event)" }
    }

    /// Pairs that mean something. Everything that is not here must come out as `unexpected`.
    static let table: [Row] =
        [
            Row(state: .preparing, event: .prepared, next: "ordering", action: "createOrder"),

            Row(state: .ordering, event: .order, next: "recording", action: "recordOrder"),
            Row(state: .ordering, event: .replacesRefused, next: "ordering", action: "createOrder"),
            Row(state: .ordering, event: .gone, next: "failed", action: "stop(network)"),
            Row(state: .ordering, event: .refused, next: "failed", action: "stop(network)"),
            Row(state: .ordering, event: .unclear, next: "stopped", action: "stop(network)"),
            Row(state: .orderingWithoutReplaces, event: .order, next: "recording", action: "recordOrder"),
            Row(state: .orderingWithoutReplaces, event: .gone, next: "failed", action: "stop(network)"),
            Row(state: .orderingWithoutReplaces, event: .refused, next: "failed", action: "stop(network)"),
            Row(state: .orderingWithoutReplaces, event: .unclear, next: "stopped", action: "stop(network)"),

            Row(state: .recording, event: .recorded, next: "inspecting", action: "readAuthorization"),
            Row(state: .recording, event: .refused, next: "clearing", action: "clearOrder"),

            Row(state: .readingResumed, event: .order, next: "inspecting", action: "readAuthorization"),
            Row(state: .readingAuthorized, event: .order, next: "reading (authorized)", action: "readOrder"),
            Row(state: .readingUnclear, event: .order, next: "inspecting", action: "readAuthorization"),
            Row(state: .readingProcessing, event: .order, next: "reading (processing)", action: "readOrder"),

            Row(state: .inspecting, event: .authorization, next: "presenting", action: "present"),

            Row(state: .presenting, event: .presented, next: "responding", action: "respond"),
            Row(state: .presenting, event: .unavailable, next: "stopped", action: "stop(network)"),
            Row(state: .presenting, event: .refused, next: "clearing", action: "clearOrder"),

            Row(state: .responding, event: .responded, next: "validating", action: "readAuthorization"),
            Row(state: .responding, event: .unclear, next: "validating", action: "readAuthorization"),

            Row(state: .validating, event: .authorization, next: "validating", action: "readAuthorization"),

            Row(state: .finalizing, event: .order, next: "reading (processing)", action: "readOrder"),
            Row(state: .finalizing, event: .unclear, next: "reading (unclear)", action: "readOrder"),

            Row(state: .downloading, event: .certificateAccepted, next: "issued", action: "deliver"),
            Row(state: .downloading, event: .unclear, next: "reading (processing)", action: "readOrder"),

            Row(state: .clearing, event: .recorded, next: "failed", action: "stop(storage)"),
            Row(state: .clearing, event: .interrupted, next: "stopped", action: "stop(storage)"),
        ] + shared

    /// What many states have in common.
    static let shared: [Row] =
        Sample.State.atCA.flatMap { state in
            [
                Row(state: state, event: .gone, next: "ordering", action: "createOrder"),
                Row(state: state, event: .refused, next: "clearing", action: "clearOrder"),
            ]
        }
        + Sample.State.live.filter { $0 != .clearing }.map {
            Row(state: $0, event: .interrupted, next: "stopped", action: "stop(network)")
        }

    @Test(arguments: table) func `a pair in the table leads where the table says`(row: Row) {
        var machine = Sample.machine(row.state)
        let action = machine.apply(Sample.event(row.event), at: Sample.now)
        #expect(machine.state.name == row.next)
        #expect(Sample.name(action) == row.action)
    }

    @Test(arguments: Sample.State.allCases) func `every other pair stops the run as our own bug and keeps the order`(state: Sample.State) {
        for event in Sample.Event.allCases where !Self.table.contains(where: { $0.state == state && $0.event == event }) {
            var machine = Sample.machine(state)
            let before = machine.state
            let action = machine.apply(Sample.event(event), at: Sample.now)
            #expect(Sample.name(action) == "stop(ours)", "\(state) × \(event)")
            if before.isFinal {
                #expect(machine.state == before, "\(state) × \(event): a finished run stays as it ended")
            } else {
                #expect(machine.state.name == "stopped", "\(state) × \(event)")
            }
        }
    }

    @Test func `no pair is in the table twice`() {
        let pairs = Self.table.map { "\($0.state)×\($0.event)" }
        #expect(Set(pairs).count == pairs.count)
    }

    @Test func `a run begins where the journal left it`() {
        func first(_ start: OrderMachine.Start) -> OrderMachine.Action {
            var machine = OrderMachine(start: start, request: Sample.request)
            return machine.begin()
        }
        #expect(first(.anew) == .prepare)
        #expect(first(.withKey) == .createOrder([Sample.name], replaces: true))
        #expect(first(.resuming(orderedAt: nil)) == .readOrder(after: .zero))
    }
}
