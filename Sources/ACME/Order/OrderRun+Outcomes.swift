/// What an error means for the order, by the action that met it.
extension OrderRun {
    static func event(for error: ACMEError, in action: OrderMachine.Action) -> OrderMachine.Event {
        switch action {
        case .createOrder(_, let replaces):
            if replaces, isAboutReplaces(error) { return .replacesRefused }
            return isRefusal(error) ? .refused(error) : .interrupted(error)
        case .readOrder, .readAuthorization: return isGone(error) ? .gone(error) : passing(error)
        case .respond:
            if isGone(error), error.problem?.acmeType != "malformed" { return .gone(error) }
            // Boulder and Pebble call a challenge malformed that is being looked at already.
            if isLost(error) || error.problem?.acmeType == "malformed" { return .unclear(error) }
            return passing(error)
        case .finalize:
            if error.status == 404 || error.status == 410 { return .gone(error) }
            // 403 is what a second CSR gets (RFC 8555 §7.4): the first one took effect. The order itself knows.
            if isLost(error) || error.status == 403 || error.problem?.acmeType == "orderNotReady" { return .unclear(error) }
            return passing(error)
        case .download:
            if isGone(error) { return .gone(error) }
            return error.code == .malformedAnswer ? .unclear(error) : passing(error)
        case .prepare, .recordOrder, .clearOrder, .present, .deliver, .stop: return .interrupted(error)
        }
    }

    /// A refusal for good ends the order; everything else may be over the next time.
    private static func passing(_ error: ACMEError) -> OrderMachine.Event {
        isRefusal(error) ? .refused(error) : .interrupted(error)
    }

    private static func isRefusal(_ error: ACMEError) -> Bool {
        switch error.code {
        case .refused, .externalAccountRequired, .profileNotOffered, .invalidRequest, .certificateRefused, .authorizationFailed,
            .noSolvableChallenge, .orderFailed, .notOffered, .accountDeactivated:
            true
        case .network, .malformedAnswer, .serverError, .rateLimited, .accountDoesNotExist, .userActionRequired, .accountKeyMissing,
            .stillProcessing, .storage, .challengeNotPresented, .cancelled, .ours:
            false
        }
    }

    /// Whether the request may have taken effect.
    private static func isLost(_ error: ACMEError) -> Bool {
        error.code == .network || error.code == .serverError || error.code == .malformedAnswer
    }

    /// The ways in which CAs say that they do not know a URL, or not as ours.
    private static func isGone(_ error: ACMEError) -> Bool {
        guard error.code == .refused else { return false }
        switch error.status {
        case 404, 410: return true
        case 400, 401, 403: return error.problem?.acmeType == "malformed" || error.problem?.acmeType == "unauthorized"
        default: return false
        }
    }

    /// RFC 9773 §5 knows `alreadyReplaced` alone; CAs have other words for a certificate that they do not know, or not as ours. A refused
    /// order costs nothing, so whatever may be about `replaces` is tried without.
    private static func isAboutReplaces(_ error: ACMEError) -> Bool {
        guard error.code == .refused else { return false }
        if error.status == 404 || error.status == 409 { return true }
        switch error.problem?.acmeType {
        case "alreadyReplaced", "malformed", "conflict": return true
        default: return error.problem?.detail?.lowercased().contains("replac") == true
        }
    }
}
