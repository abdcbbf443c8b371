internal import Core
internal import FoundationEssentials

/// The table: one function for each state, one case for each event.
extension OrderMachine {
    /// The key is being made and written down.
    mutating func whenPreparing(_ event: Event) -> Action {
        switch event {
        case .prepared: return createOrder()
        case .interrupted(let error): return stop(error)
        case .order, .authorization, .recorded, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .gone,
            .unclear, .refused:
            return unexpected(event)
        }
    }

    /// `newOrder` is on its way.
    mutating func whenOrdering(_ event: Event, replaces: Bool, now: Date) -> Action {
        switch event {
        case .order(let order, let retryAfter):
            orderedAt = now
            pollsDone = 0
            return go(.recording(order, retryAfter: retryAfter), .recordOrder)
        case .replacesRefused:
            guard replaces else { return unexpected(event) }
            isReplacesRefused = true
            return go(.ordering(replaces: false), .createOrder(identifiers, replaces: false))
        case .gone(let error): return go(.failed(error), .stop(error))
        case .refused(let error): return leavingOut(after: error) ?? go(.failed(error), .stop(error))
        // An order that we never heard of costs nothing: the next run makes another; most CAs even answer the same one.
        case .unclear(let error), .interrupted(let error): return stop(error)
        case .prepared, .authorization, .recorded, .presented, .responded, .certificateAccepted, .unavailable:
            return unexpected(event)
        }
    }

    /// The URL of the order is being written down.
    mutating func whenRecording(_ event: Event, _ order: Order, retryAfter: Duration?, now: Date) -> Action {
        switch event {
        case .recorded: return follow(order, from: nil, retryAfter: retryAfter, now: now)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .authorization, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .gone,
            .unclear:
            return unexpected(event)
        }
    }

    /// The order is being read again.
    mutating func whenReading(_ event: Event, _ reading: Reading, now: Date) -> Action {
        switch event {
        case .order(let order, let retryAfter): return follow(order, from: reading, retryAfter: retryAfter, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .authorization, .recorded, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .unclear:
            return unexpected(event)
        }
    }

    /// An authorization is being looked at for the first time.
    mutating func whenInspecting(_ event: Event, _ url: String, _ authorizing: Authorizing, now: Date) -> Action {
        switch event {
        case .authorization(let authorization, _): return inspect(authorization, at: url, authorizing, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .recorded, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .unclear:
            return unexpected(event)
        }
    }

    /// A challenge is being put in place.
    mutating func whenPresenting(
        _ event: Event, _ authorization: Authorization, _ challenge: Challenge, _ url: String, _ authorizing: Authorizing, now: Date
    ) -> Action {
        switch event {
        case .presented:
            if let type = challenge.knownType {
                answers[authorization.orderedIdentifier] = Answer(type: type, offered: authorization.challenges.compactMap(\.knownType))
            }
            // `processing` was answered by a run that crashed; the CA is looking already.
            guard challenge.status == .pending else { return wait(for: url, isAcknowledged: true, authorizing, now: now) }
            return go(.responding(challenge, at: url, authorizing), .respond(challenge))
        case .unavailable(let error): return avoid(challenge, of: authorization, at: url, error, authorizing, now: now)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .authorization, .recorded, .responded, .certificateAccepted, .replacesRefused, .gone, .unclear:
            return unexpected(event)
        }
    }

    /// The CA is being told to look.
    mutating func whenResponding(_ event: Event, _ url: String, _ authorizing: Authorizing, now: Date) -> Action {
        switch event {
        case .responded: return wait(for: url, isAcknowledged: true, authorizing, now: now)
        case .unclear: return wait(for: url, isAcknowledged: false, authorizing, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .authorization, .recorded, .presented, .certificateAccepted, .unavailable, .replacesRefused:
            return unexpected(event)
        }
    }

    /// An authorization is being polled.
    mutating func whenValidating(_ event: Event, _ authorizing: Authorizing, now: Date) -> Action {
        switch event {
        case .authorization(let authorization, let retryAfter):
            return validate(authorization, authorizing, retryAfter: retryAfter, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .recorded, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .unclear:
            return unexpected(event)
        }
    }

    /// The CSR is on its way.
    mutating func whenFinalizing(_ event: Event, now: Date) -> Action {
        switch event {
        case .order(let order, let retryAfter):
            // Still `ready`: the CA took the CSR and has not written it down yet. Never finalize again without reading first.
            guard order.status != .ready else { return poll(.unclear, retryAfter: retryAfter, now: now) }
            return follow(order, from: .processing, retryAfter: retryAfter, now: now)
        case .unclear(let error):
            finalizeProblem = error.problem
            guard finalizesDone < ACMELimits.finalizesPerRunMax else { return giveUp(error) }
            return poll(.unclear, retryAfter: nil, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return leavingOut(after: error) ?? fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .authorization, .recorded, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused:
            return unexpected(event)
        }
    }

    /// The certificate is being downloaded.
    mutating func whenDownloading(_ event: Event, now: Date) -> Action {
        switch event {
        case .certificateAccepted: return go(.issued, .deliver)
        case .unclear(let error):
            guard downloadsDone < ACMELimits.downloadsPerRunMax else { return fail(error) }
            return poll(.processing, retryAfter: nil, now: now)
        case .gone(let error): return replaceOrder(error)
        case .refused(let error): return fail(error)
        case .interrupted(let error): return stop(error)
        case .prepared, .order, .authorization, .recorded, .presented, .responded, .unavailable, .replacesRefused:
            return unexpected(event)
        }
    }

    /// That there is no order any more is being written down.
    mutating func whenClearing(_ event: Event, _ error: ACMEError) -> Action {
        switch event {
        case .recorded: return go(.failed(error), .stop(error))
        // The record still has the order; the next run finds it invalid and replaces it. What ended it is the better news.
        case .interrupted: return stop(error)
        case .prepared, .order, .authorization, .presented, .responded, .certificateAccepted, .unavailable, .replacesRefused, .gone,
            .unclear, .refused:
            return unexpected(event)
        }
    }
}
