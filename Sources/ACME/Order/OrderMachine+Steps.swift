internal import Core
internal import FoundationEssentials

/// Steps that several states share.
extension OrderMachine {
    mutating func go(_ next: State, _ action: Action) -> Action {
        state = next
        return action
    }

    /// Ends the run; the order, if there is one, stays in the journal.
    mutating func stop(_ error: ACMEError) -> Action { go(.stopped(error), .stop(error)) }

    /// Gives the order up, durably, so that the next run does not come back to it.
    mutating func fail(_ error: ACMEError) -> Action { go(.clearing(error), .clearOrder) }

    /// Ends the run after a last refusal: for good if the CA said no, for now if it only could not be understood.
    mutating func giveUp(_ error: ACMEError) -> Action { error.code == .refused ? fail(error) : stop(error) }

    mutating func createOrder() -> Action {
        ordersBegun += 1
        failures = []
        answers = [:]
        finalizeProblem = nil
        let replaces = request.replaces != nil && !isReplacesRefused
        return go(.ordering(replaces: replaces), .createOrder(identifiers, replaces: replaces))
    }

    /// Starts a new order, with the same key, in place of one that leads nowhere.
    mutating func replaceOrder(_ error: ACMEError) -> Action {
        guard ordersBegun - reordersDone < ACMELimits.ordersPerRunMax else { return fail(error) }
        return createOrder()
    }

    mutating func finalize(_ order: Order) -> Action {
        guard finalizesDone < ACMELimits.finalizesPerRunMax else {
            return stop(unfinished("the order stays ready after \(finalizesDone) requests to finalize it", retryAfter: nil))
        }
        finalizesDone += 1
        return go(.finalizing, .finalize(order))
    }

    mutating func download(_ url: String) -> Action {
        downloadsDone += 1
        return go(.downloading, .download(url))
    }

    /// Reads the order again after a wait.
    mutating func poll(_ reading: Reading, retryAfter: Duration?, now: Date) -> Action {
        switch nextDelay(retryAfter: retryAfter, what: "the order", now: now) {
        case .success(let delay): go(.reading(reading), .readOrder(after: delay))
        case .failure(let error): stop(error)
        }
    }

    /// Counts a wait and says how long it is, or that it is enough.
    mutating func nextDelay(retryAfter: Duration?, what: String, now: Date) -> Result<Duration, ACMEError> {
        guard pollsDone < ACMELimits.pollsMax else {
            return .failure(unfinished("\(what) made no progress in \(pollsDone) polls", retryAfter: nil))
        }
        var delay = ACMELimits.pollDelayMin
        for _ in 0..<pollsDone where delay < ACMELimits.pollDelayMax { delay = delay * 3 / 2 }
        delay = min(delay, ACMELimits.pollDelayMax)
        if let retryAfter {
            guard retryAfter <= ACMELimits.pollRetryAfterMax else {
                let until = now.addingTimeInterval(retryAfter.seconds)
                return .failure(unfinished("the CA wants \(what) left alone for \(Int(retryAfter.seconds)) s", retryAfter: until))
            }
            // Zero means "now" to a CA; our own pace keeps that from becoming a busy loop.
            delay = retryAfter > .zero ? retryAfter : delay
        }
        pollsDone += 1
        return .success(delay)
    }

    /// Something became better: the count of waits starts anew.
    mutating func noteProgress() { pollsDone = 0 }

    /// A bug of the driver. No reason to bring the controller down: this order stops, the others go on.
    mutating func unexpected(_ event: Event) -> Action {
        let reason = "event \(event.name) in state \(state.name)"
        let error = ACMEError(.ours, fault: .ours, subject: subject, reason: reason)
        return state.isFinal ? .stop(error) : stop(error)
    }

    func unfinished(_ reason: String, retryAfter: Date?) -> ACMEError {
        ACMEError(.stillProcessing, fault: .certificateAuthority, subject: subject, reason: reason, retryAfter: retryAfter)
    }
}
