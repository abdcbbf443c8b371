internal import Core
internal import FoundationEssentials

/// Authorizations: all challenges are answered first, then all are waited for, so that the CA looks at them side by side.
extension OrderMachine {
    /// Goes on with the next authorization, or back to the order.
    mutating func next(_ authorizing: Authorizing, isAfterProgress: Bool, now: Date) -> Action {
        if let url = authorizing.unseen.first {
            var rest = authorizing
            rest.unseen.removeFirst()
            return go(.inspecting(url, rest), .readAuthorization(url, after: .zero))
        }
        guard let first = authorizing.waiting.first else { return settle() }
        // The others were being looked at all the while: after one success the next may be finished as well.
        guard !isAfterProgress else { return go(.validating(authorizing), .readAuthorization(first.url, after: .zero)) }
        return pollAuthorization(authorizing, first, retryAfter: nil, now: now)
    }

    /// Queues an authorization whose challenge is answered.
    mutating func wait(for url: String, isAcknowledged: Bool, _ authorizing: Authorizing, now: Date) -> Action {
        var more = authorizing
        more.waiting.append(Waiting(url: url, isAcknowledged: isAcknowledged))
        return next(more, isAfterProgress: false, now: now)
    }

    /// First look at an authorization.
    mutating func inspect(_ authorization: Authorization, at url: String, _ authorizing: Authorizing, now: Date) -> Action {
        switch authorization.status {
        case .valid: return next(authorizing, isAfterProgress: false, now: now)
        case .pending:
            guard let challenge = solvable(in: authorization) else { return noteUnsolvable(authorization, authorizing, now: now) }
            guard challenge.status != .valid else { return wait(for: url, isAcknowledged: true, authorizing, now: now) }
            return go(.presenting(authorization, challenge, at: url, authorizing), .present(authorization, challenge))
        case .invalid: return noteInvalid(authorization, authorizing, now: now)
        case .deactivated, .expired, .revoked: return replaceOrder(failure(of: authorization))
        case .other(let word): return stop(unknown(word, authorization))
        }
    }

    /// A further look at the first authorization in the queue.
    mutating func validate(
        _ authorization: Authorization, _ authorizing: Authorizing, retryAfter: Duration?, now: Date
    ) -> Action {
        guard let first = authorizing.waiting.first else { return next(authorizing, isAfterProgress: true, now: now) }
        var rest = authorizing
        rest.waiting.removeFirst()
        switch authorization.status {
        case .valid:
            noteProgress()
            return next(rest, isAfterProgress: true, now: now)
        case .pending:
            // The CA never acknowledged our answer and still waits for one: it was lost on the way. Answer again.
            if !first.isAcknowledged, let challenge = solvable(in: authorization), challenge.status == .pending {
                return go(.responding(challenge, at: first.url, rest), .respond(challenge))
            }
            return pollAuthorization(authorizing, first, retryAfter: retryAfter, now: now)
        case .invalid:
            noteProgress()
            return noteInvalid(authorization, rest, now: now)
        case .deactivated, .expired, .revoked: return replaceOrder(failure(of: authorization))
        case .other(let word): return stop(unknown(word, authorization))
        }
    }

    private mutating func pollAuthorization(
        _ authorizing: Authorizing, _ first: Waiting, retryAfter: Duration?, now: Date
    ) -> Action {
        switch nextDelay(retryAfter: retryAfter, what: "authorization \(first.url)", now: now) {
        case .success(let delay): go(.validating(authorizing), .readAuthorization(first.url, after: delay))
        // What is decided is enough to know that the order is spoilt.
        case .failure(let error): failures.isEmpty ? stop(error) : settle()
        }
    }

    func unsolvable(_ authorization: Authorization) -> ACMEError {
        let failed = authorization.challenges.contains { $0.status == .invalid }
        guard !failed else { return failure(of: authorization) }
        let offered = authorization.challenges.map(\.type).joined(separator: ", ")
        let ours = request.challengeTypes(for: authorization.orderedIdentifier).map(\.rawValue).joined(separator: ", ")
        return ACMEError(
            .noSolvableChallenge, fault: .configuration, subject: "authorization of \(authorization.name)",
            reason: "the CA offers \(offered.isEmpty ? "no challenge" : offered), we can answer \(ours)",
            identifier: authorization.identifier)
    }

    /// The CA's words about the challenge that failed, with the name at fault.
    func failure(of authorization: Authorization) -> ACMEError {
        let challenge = authorization.challenges.first { $0.status == .invalid } ?? authorization.challenges.first { $0.error != nil }
        let how = challenge.map { "\($0.type) failed" } ?? "no challenge says why"
        let isTheirs = challenge?.error?.acmeType == "serverInternal"
        return ACMEError(
            .authorizationFailed, fault: isTheirs ? .certificateAuthority : .configuration,
            subject: "authorization of \(authorization.name)", reason: "\(authorization.status.rawValue), \(how)",
            problem: challenge?.error, identifier: authorization.identifier, challenge: challenge?.knownType)
    }

    private func unknown(_ word: String, _ authorization: Authorization) -> ACMEError {
        .malformed("authorization of \(authorization.name)", "it has a status that RFC 8555 does not know: \"\(word)\"")
    }
}

extension Challenge {
    /// Whether it can still be met, or was met and the authorization does not show it yet.
    var isOpen: Bool {
        switch status {
        case .pending, .processing: token != nil || knownType?.hasToken == false
        case .valid: true
        case .invalid, .other: false
        }
    }
}
