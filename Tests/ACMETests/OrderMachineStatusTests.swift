import Core
import FoundationEssentials
import Testing

@testable import ACME

@Suite("Order machine, RFC 8555 §7.1.6: what each status means")
struct OrderMachineStatusTests {
    static let certificate = "https://ca.test/certificate/1"

    struct OrderRow: CustomTestStringConvertible, Sendable {
        let reading: Sample.State
        let order: Order
        let next: String
        let action: String
        var testDescription: String { "\(reading) × \(order.status)" }
    }

    static let late = Sample.now.addingTimeInterval(60)
    static let readings: [Sample.State] = [.readingResumed, .readingAuthorized, .readingUnclear, .readingProcessing]

    static let orders: [OrderRow] =
        readings.flatMap { reading in
            [
                OrderRow(reading: reading, order: Sample.order(.ready, expires: late), next: "finalizing", action: "finalize"),
                OrderRow(
                    reading: reading, order: Sample.order(.processing, expires: late), next: "reading (processing)", action: "readOrder"),
                OrderRow(reading: reading, order: Sample.order(.valid, certificate: certificate), next: "downloading", action: "download"),
                OrderRow(reading: reading, order: Sample.order(.valid), next: "reading (processing)", action: "readOrder"),
                OrderRow(reading: reading, order: Sample.order(.other("odd")), next: "stopped", action: "stop(malformedAnswer)"),
                OrderRow(reading: reading, order: Sample.order(.pending, expires: Sample.now), next: "ordering", action: "createOrder"),
                OrderRow(reading: reading, order: Sample.order(.ready, expires: Sample.now), next: "ordering", action: "createOrder"),
            ]
        } + [
            OrderRow(
                reading: .readingResumed, order: Sample.order(.processing, expires: Sample.now), next: "ordering", action: "createOrder"),
            OrderRow(
                reading: .readingProcessing, order: Sample.order(.processing, expires: Sample.now), next: "reading (processing)",
                action: "readOrder"),
            // Found after a crash, an invalid order says nothing about the name: nobody may have answered the CA.
            OrderRow(reading: .readingResumed, order: Sample.order(.invalid), next: "ordering", action: "createOrder"),
            OrderRow(reading: .readingAuthorized, order: Sample.order(.invalid), next: "clearing", action: "clearOrder"),
            OrderRow(reading: .readingUnclear, order: Sample.order(.invalid), next: "clearing", action: "clearOrder"),
            OrderRow(reading: .readingProcessing, order: Sample.order(.invalid), next: "clearing", action: "clearOrder"),
            OrderRow(reading: .recording, order: Sample.order(.ready), next: "finalizing", action: "finalize"),
            OrderRow(reading: .recording, order: Sample.order(.invalid), next: "clearing", action: "clearOrder"),
            OrderRow(reading: .recording, order: Sample.order(.processing), next: "reading (processing)", action: "readOrder"),
            OrderRow(reading: .recording, order: Sample.order(.valid, certificate: certificate), next: "downloading", action: "download"),
            OrderRow(reading: .finalizing, order: Sample.order(.ready), next: "reading (unclear)", action: "readOrder"),
            OrderRow(reading: .finalizing, order: Sample.order(.pending), next: "reading (processing)", action: "readOrder"),
            OrderRow(reading: .finalizing, order: Sample.order(.invalid), next: "clearing", action: "clearOrder"),
            OrderRow(reading: .finalizing, order: Sample.order(.valid, certificate: certificate), next: "downloading", action: "download"),
        ]

    @Test(arguments: orders) func `an order of each status leads on`(row: OrderRow) {
        var machine = Sample.machine(row.reading)
        if row.reading == .recording { machine.state = .recording(row.order, retryAfter: nil) }
        let event: OrderMachine.Event = row.reading == .recording ? .recorded : .order(row.order, retryAfter: nil)
        let action = machine.apply(event, at: Sample.now)
        #expect(machine.state.name == row.next)
        #expect(Sample.name(action) == row.action)
    }

    @Test func `an order without an end lapses by its age`() {
        var machine = OrderMachine(
            start: .resuming(orderedAt: Sample.now.addingTimeInterval(-ACMELimits.orderAgeMax.seconds)), request: Sample.request)
        _ = machine.begin()
        #expect(machine.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now) == .createOrder([Sample.name], replaces: true))
        var younger = OrderMachine(
            start: .resuming(orderedAt: Sample.now.addingTimeInterval(1 - ACMELimits.orderAgeMax.seconds)), request: Sample.request)
        _ = younger.begin()
        #expect(Sample.name(younger.apply(.order(Sample.order(.ready), retryAfter: nil), at: Sample.now)) == "finalize")
    }

    struct AuthorizationRow: CustomTestStringConvertible, Sendable {
        let state: OrderMachine.State
        let authorization: Authorization
        let next: String
        let action: String
        var testDescription: String { "\(state.name) × \(authorization.status), \(authorization.challenges.map(\.status))" }
    }

    static let fresh = OrderMachine.State.inspecting(Sample.url, OrderMachine.Authorizing(unseen: []))
    static let polled = OrderMachine.State.validating(Sample.waiting)
    static let unheard = OrderMachine.State.validating(Sample.unacknowledged)

    static let authorizations: [AuthorizationRow] = [
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.valid), next: "reading (authorized)", action: "readOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(), next: "presenting", action: "present"),
        // Answered by a run that crashed: the challenge has to be in place again, the answer not.
        AuthorizationRow(
            state: fresh, authorization: Sample.authorization(.pending, [Sample.challenge(.processing)]), next: "presenting",
            action: "present"),
        AuthorizationRow(
            state: fresh, authorization: Sample.authorization(.pending, [Sample.challenge(.valid)]), next: "validating",
            action: "readAuthorization"),
        AuthorizationRow(
            state: fresh, authorization: Sample.authorization(.pending, [Sample.challenge(type: "dns-01")]), next: "clearing",
            action: "clearOrder"),
        AuthorizationRow(
            state: fresh, authorization: Sample.authorization(.pending, [Sample.challenge(.invalid)]), next: "clearing",
            action: "clearOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.pending, []), next: "clearing", action: "clearOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.invalid), next: "clearing", action: "clearOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.expired), next: "ordering", action: "createOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.revoked), next: "ordering", action: "createOrder"),
        AuthorizationRow(state: fresh, authorization: Sample.authorization(.deactivated), next: "ordering", action: "createOrder"),
        AuthorizationRow(
            state: fresh, authorization: Sample.authorization(.other("odd")), next: "stopped", action: "stop(malformedAnswer)"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(.valid), next: "reading (authorized)", action: "readOrder"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(), next: "validating", action: "readAuthorization"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(.invalid), next: "clearing", action: "clearOrder"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(.expired), next: "ordering", action: "createOrder"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(.revoked), next: "ordering", action: "createOrder"),
        AuthorizationRow(state: polled, authorization: Sample.authorization(.deactivated), next: "ordering", action: "createOrder"),
        AuthorizationRow(
            state: polled, authorization: Sample.authorization(.other("odd")), next: "stopped", action: "stop(malformedAnswer)"),
        // The answer was lost and the CA still waits for it.
        AuthorizationRow(state: unheard, authorization: Sample.authorization(), next: "responding", action: "respond"),
        AuthorizationRow(
            state: unheard, authorization: Sample.authorization(.pending, [Sample.challenge(.processing)]), next: "validating",
            action: "readAuthorization"),
        AuthorizationRow(state: unheard, authorization: Sample.authorization(.valid), next: "reading (authorized)", action: "readOrder"),
    ]

    @Test(arguments: authorizations) func `an authorization of each status leads on`(row: AuthorizationRow) {
        var machine = Sample.machine(in: row.state)
        let action = machine.apply(.authorization(row.authorization, retryAfter: nil), at: Sample.now)
        #expect(machine.state.name == row.next)
        #expect(Sample.name(action) == row.action)
    }

    @Test func `a challenge that was answered before a crash is put in place and not answered again`() {
        var machine = Sample.machine(in: Self.fresh)
        _ = machine.apply(.authorization(Sample.authorization(.pending, [Sample.challenge(.processing)]), retryAfter: nil), at: Sample.now)
        let action = machine.apply(.presented, at: Sample.now)
        #expect(Sample.name(action) == "readAuthorization")
    }

    @Test func `all challenges are answered before the first is waited for`() {
        var machine = Sample.machine(
            in: .recording(
                Order(
                    status: .pending, identifiers: [Sample.name], authorizations: ["https://ca.test/a/1", "https://ca.test/a/2"],
                    finalize: "https://ca.test/f"), retryAfter: nil))
        var seen: [String] = []
        var event = OrderMachine.Event.recorded
        for _ in 0..<6 {
            let action = machine.apply(event, at: Sample.now)
            seen.append(Sample.name(action))
            switch action {
            case .readAuthorization: event = .authorization(Sample.authorization(), retryAfter: nil)
            case .present: event = .presented
            default: event = .responded
            }
        }
        #expect(seen == ["readAuthorization", "present", "respond", "readAuthorization", "present", "respond"])
        #expect(machine.state.name == "responding")
        #expect(Sample.name(machine.apply(.responded, at: Sample.now)) == "readAuthorization")
        #expect(machine.state.name == "validating")
    }

    @Test func `the failed challenge and the name at fault are in the error, in the words of the CA`() {
        let problem = Problem(type: Problem.typePrefix + "connection", detail: "10.0.0.1: Connection refused", status: 400)
        var machine = Sample.machine(in: Self.polled)
        let failed = Sample.authorization(.invalid, [Sample.challenge(type: "dns-01"), Sample.challenge(.invalid, error: problem)])
        _ = machine.apply(.authorization(failed, retryAfter: nil), at: Sample.now)
        guard case .stop(let error) = machine.apply(.recorded, at: Sample.now) else {
            Issue.record("expected a stop")
            return
        }
        #expect(error.code == .authorizationFailed)
        #expect(error.fault == .configuration)
        #expect(error.identifier == Sample.name)
        #expect(error.problem == problem)
        #expect(
            "\(error)"
                == "authorization of a.example: invalid, http-01 failed: urn:ietf:params:acme:error:connection: 10.0.0.1: Connection refused"
        )
    }

    @Test func `what is on offer and what we can do are named when they do not meet`() {
        var machine = Sample.machine(in: Self.fresh)
        let wildcard = Authorization(
            status: .pending, identifier: Sample.name, isWildcard: true, challenges: [Sample.challenge(type: "dns-01")])
        _ = machine.apply(.authorization(wildcard, retryAfter: nil), at: Sample.now)
        guard case .stop(let error) = machine.apply(.recorded, at: Sample.now) else {
            Issue.record("expected a stop")
            return
        }
        #expect("\(error)" == "authorization of *.a.example: the CA offers dns-01, we can answer http-01")
    }
}
