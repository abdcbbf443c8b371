internal import Core
internal import FoundationEssentials

/// What the status of an order means. RFC 8555 §7.1.6.
extension OrderMachine {
    /// Goes on with an order as the CA just sent it.
    ///
    /// - Parameter reading: why it was read; nil when it is new.
    mutating func follow(_ order: Order, from reading: Reading?, retryAfter: Duration?, now: Date) -> Action {
        switch order.status {
        case .pending:
            guard !isExpired(order, now: now) else { return replaceOrder(expired()) }
            switch reading {
            case .none, .resumed, .unclear:
                return next(Authorizing(unseen: order.authorizations), isAfterProgress: false, now: now)
            // The authorizations are valid and the order does not know it yet.
            case .authorized: return poll(.authorized, retryAfter: retryAfter, now: now)
            case .processing: return poll(.processing, retryAfter: retryAfter, now: now)
            }
        case .ready:
            guard !isExpired(order, now: now) else { return replaceOrder(expired()) }
            return finalize(order)
        case .processing:
            // Past its end, a certificate that is still being made will not come any more.
            if reading == .resumed, isExpired(order, now: now) { return replaceOrder(expired()) }
            return poll(.processing, retryAfter: retryAfter, now: now)
        case .valid:
            guard let url = order.certificate else { return poll(.processing, retryAfter: retryAfter, now: now) }
            return download(url)
        case .invalid:
            // Found after a crash: the CA looked while nobody answered. That is no verdict about the name, so ask once more.
            guard reading != .resumed else { return replaceOrder(invalid(order)) }
            let error = invalid(order)
            return leavingOut(after: error) ?? fail(error)
        case .other(let word):
            return stop(.malformed(subject, "the order has a status that RFC 8555 does not know: \"\(word)\""))
        }
    }

    private func isExpired(_ order: Order, now: Date) -> Bool {
        guard let end = order.expires ?? orderedAt?.addingTimeInterval(ACMELimits.orderAgeMax.seconds) else { return false }
        return end <= now
    }

    private func expired() -> ACMEError {
        ACMEError(.orderFailed, fault: .certificateAuthority, subject: subject, reason: "the order expired before it was finished")
    }

    private func invalid(_ order: Order) -> ACMEError {
        let problem = order.error ?? finalizeProblem
        return ACMEError(
            .orderFailed, fault: problem.map(AnswerReader.fault(of:)) ?? .certificateAuthority, subject: subject,
            reason: problem == nil ? "the CA made the order invalid and gives no reason" : "the CA made the order invalid",
            problem: problem
        ).blaming(identifiers)
    }
}
