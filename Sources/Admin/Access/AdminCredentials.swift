public import Core
internal import FoundationEssentials
internal import PKI
internal import Synchronization

/// The token that the admin API asks for, which may change while it runs, and who has shown it.
public final class AdminCredentials: Sendable {
    private struct State {
        var access: AdminAccess
        var sessions = AdminSessions()
        var forms = AttemptLimit(burst: AdminLimits.formAttemptsMax, interval: AdminLimits.formAttemptInterval)
        var bearers = AttemptLimit(burst: AdminLimits.bearerAttemptsMax, interval: AdminLimits.bearerAttemptInterval)
    }

    private let state: Mutex<State>
    private let time: any TimeSource

    /// Asks for what is given, until ``adopt(_:)``.
    public init(_ access: AdminAccess, time: any TimeSource = SystemTime()) {
        state = Mutex(State(access: access))
        self.time = time
    }

    /// Asks for something else from now on. Sessions that began with another token end.
    public func adopt(_ access: AdminAccess) {
        state.withLock { state in
            guard state.access != access else { return }
            state.access = access
            state.sessions.endAll()
        }
    }

    /// What is asked for now.
    var access: AdminAccess { state.withLock { $0.access } }

    /// What came of showing a token.
    enum Outcome: Equatable {
        case right
        case wrong
        /// Too many wrong ones; the token was not looked at.
        case tooMany(seconds: Int)
    }

    /// Looks at a bearer token.
    func judge(bearer token: [UInt8], from address: String) -> Outcome {
        let now = time.now()
        return state.withLock { Self.judge(token, from: address, &$0.bearers, $0.access, now) }
    }

    /// Looks at what somebody wrote into the form.
    ///
    /// - Returns: with the right token also the cookie of a session.
    func judge(form token: [UInt8], from address: String) throws(PKIError) -> (outcome: Outcome, session: String?) {
        let now = time.now()
        return try state.withLock { state throws(PKIError) in
            let outcome = Self.judge(token, from: address, &state.forms, state.access, now)
            return (outcome, outcome == .right ? try state.sessions.begin(now: now) : nil)
        }
    }

    /// Whether the cookie of a session will do.
    func hasSession(_ secret: String) -> Bool {
        let now = time.now()
        return state.withLock { $0.sessions.has(secret, now: now) }
    }

    /// Ends a session.
    func end(session secret: String) { state.withLock { $0.sessions.end(secret) } }

    private static func judge(
        _ token: [UInt8], from address: String, _ limit: inout AttemptLimit, _ access: AdminAccess, _ now: Date
    ) -> Outcome {
        let subject = AttemptLimit.subject(address)
        if let seconds = limit.wait(subject, now: now) { return .tooMany(seconds: seconds) }
        if access.isToken(token) { return .right }
        limit.fail(subject, now: now)
        return .wrong
    }
}
