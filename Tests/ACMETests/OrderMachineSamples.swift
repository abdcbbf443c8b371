import Core
import FoundationEssentials

@testable import ACME

/// One machine for each state, one value for each event.
enum Sample {
    enum State: CaseIterable, Sendable {
        case preparing, ordering, orderingWithoutReplaces, recording, readingResumed, readingAuthorized, readingUnclear
        case readingProcessing, inspecting, presenting, responding, validating, finalizing, downloading, clearing, issued, failed
        case stopped

        static var live: [State] { allCases.filter { ![.issued, .failed, .stopped].contains($0) } }
        /// States in which a request about the order, or a part of it, is out.
        static let atCA: [State] = [
            .readingResumed, .readingAuthorized, .readingUnclear, .readingProcessing, .inspecting, .responding, .validating,
            .finalizing, .downloading,
        ]
    }

    enum Event: CaseIterable, Sendable {
        case prepared, order, authorization, recorded, presented, responded, certificateAccepted, unavailable, replacesRefused, gone
        case unclear, refused, interrupted
    }

    static let now = Date(timeIntervalSince1970: 1_780_000_000)
    static let url = "https://ca.test/authorization/1"
    static let error = ACMEError(.network, fault: .network, subject: "order", reason: "connection reset")
    static let name = ACMEIdentifier(DNSName.example)

    /// A renewal, with http-01 alone.
    static let request = OrderRequest(identifiers: [name], replaces: "a2V5.AQ")

    static func order(_ status: Order.Status = .pending, expires: Date? = nil, certificate: String? = nil, error: Problem? = nil) -> Order {
        Order(
            status: status, expires: expires, identifiers: [name], authorizations: [url], finalize: "https://ca.test/finalize/1",
            certificate: certificate, error: error)
    }

    static func challenge(_ status: Challenge.Status = .pending, type: String = "http-01", error: Problem? = nil) -> Challenge {
        Challenge(type: type, url: "https://ca.test/challenge/1/\(type)", status: status, token: "dG9rZW4", error: error)
    }

    static func authorization(_ status: Authorization.Status = .pending, _ challenges: [Challenge]? = nil) -> Authorization {
        Authorization(status: status, identifier: name, challenges: challenges ?? [challenge()])
    }

    static let waiting = OrderMachine.Authorizing(unseen: [], waiting: [OrderMachine.Waiting(url: url, isAcknowledged: true)])
    static let unacknowledged = OrderMachine.Authorizing(unseen: [], waiting: [OrderMachine.Waiting(url: url, isAcknowledged: false)])

    static func machine(in state: OrderMachine.State) -> OrderMachine {
        var machine = OrderMachine(start: .anew, request: request)
        machine.state = state
        return machine
    }

    static func machine(_ state: State) -> OrderMachine {
        let storage = ACMEError(.storage, fault: .ours, subject: "order", reason: "disk full")
        let none = OrderMachine.Authorizing(unseen: [])
        return switch state {
        case .preparing: machine(in: .preparing)
        case .ordering: machine(in: .ordering(replaces: true))
        case .orderingWithoutReplaces: machine(in: .ordering(replaces: false))
        case .recording: machine(in: .recording(order(), retryAfter: nil))
        case .readingResumed: machine(in: .reading(.resumed))
        case .readingAuthorized: machine(in: .reading(.authorized))
        case .readingUnclear: machine(in: .reading(.unclear))
        case .readingProcessing: machine(in: .reading(.processing))
        case .inspecting: machine(in: .inspecting(url, none))
        case .presenting: machine(in: .presenting(authorization(), challenge(), at: url, none))
        case .responding: machine(in: .responding(challenge(), at: url, none))
        case .validating: machine(in: .validating(waiting))
        case .finalizing: machine(in: .finalizing)
        case .downloading: machine(in: .downloading)
        case .clearing: machine(in: .clearing(storage))
        case .issued: machine(in: .issued)
        case .failed: machine(in: .failed(storage))
        case .stopped: machine(in: .stopped(storage))
        }
    }

    static func event(_ event: Event) -> OrderMachine.Event {
        switch event {
        case .prepared: .prepared
        case .order: .order(order(), retryAfter: nil)
        case .authorization: .authorization(authorization(), retryAfter: nil)
        case .recorded: .recorded
        case .presented: .presented
        case .responded: .responded
        case .certificateAccepted: .certificateAccepted
        case .unavailable: .unavailable(error)
        case .replacesRefused: .replacesRefused
        case .gone: .gone(error)
        case .unclear: .unclear(error)
        case .refused: .refused(error)
        case .interrupted: .interrupted(error)
        }
    }

    static func name(_ action: OrderMachine.Action) -> String {
        switch action {
        case .prepare: "prepare"
        case .createOrder: "createOrder"
        case .recordOrder: "recordOrder"
        case .readOrder: "readOrder"
        case .readAuthorization: "readAuthorization"
        case .present: "present"
        case .respond: "respond"
        case .finalize: "finalize"
        case .download: "download"
        case .clearOrder: "clearOrder"
        case .deliver: "deliver"
        case .stop(let error): "stop(\(error.code.rawValue))"
        }
    }
}

extension DNSName {
    /// A name that parses; the tests need one without `try`.
    static var example: DNSName {
        guard let name = try? DNSName(parsing: "a.example") else { preconditionFailure("a.example is a DNS name") }
        return name
    }
}
