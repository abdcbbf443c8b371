internal import FoundationEssentials

/// Names that fail: another way to prove control, a certificate without them, or the end.
extension OrderMachine {
    /// Takes in that the CA did not accept a name, and goes on with the others: what they prove counts for the next order.
    mutating func noteInvalid(_ authorization: Authorization, _ authorizing: Authorizing, now: Date) -> Action {
        let name = authorization.orderedIdentifier
        let failed = authorization.challenges.first { $0.status == .invalid } ?? authorization.challenges.first { $0.error != nil }
        let type = failed?.knownType ?? answers[name]?.type
        let error = combined(failure(of: authorization), name)
        // Without knowing what failed, nothing else can be chosen.
        guard let type else { return note(name, error, isRetried: false, authorizing, now: now) }
        spend(type, for: name, failed?.error?.description ?? "without a reason")
        // A name without an address has none for the other protocol either.
        if failed?.error?.acmeType == "dns", type.connectsToHost {
            for shared in openTypes(for: name) where shared.connectsToHost { spend(shared, for: name, nil) }
        }
        return note(name, error, isRetried: hasOtherWay(for: name, after: failed?.error), authorizing, now: now)
    }

    /// Takes in that none of the challenges on offer can be met.
    mutating func noteUnsolvable(_ authorization: Authorization, _ authorizing: Authorizing, now: Date) -> Action {
        let name = authorization.orderedIdentifier
        return note(name, combined(unsolvable(authorization), name), isRetried: false, authorizing, now: now)
    }

    /// Takes another challenge of an authorization, since this one cannot be met here. Nothing has failed at the CA.
    mutating func avoid(
        _ challenge: Challenge, of authorization: Authorization, at url: String, _ error: ACMEError, _ authorizing: Authorizing, now: Date
    ) -> Action {
        let name = authorization.orderedIdentifier
        let whole = combined(error, name)
        if let type = challenge.knownType { spend(type, for: name, error.reason) }
        if let other = solvable(in: authorization) {
            return go(.presenting(authorization, other, at: url, authorizing), .present(authorization, other))
        }
        // The order is as good as before: a later run may find the way open.
        guard mayLeaveOut(name, whole) else { return stop(whole) }
        return note(name, whole, isRetried: false, authorizing, now: now)
    }

    /// All challenges of a spoilt order are decided: the next order.
    mutating func settle() -> Action {
        guard let last = failures.last else { return go(.reading(.authorized), .readOrder(after: .zero)) }
        for failure in failures where !failure.isRetried { leaveOut(failure.identifier, failure.error) }
        guard !identifiers.isEmpty else { return fail(last.error) }
        return reorder(after: last.error)
    }

    /// The next order without the names that a refusal names, or nil when it names none, or all, or they have to be in it.
    mutating func leavingOut(after error: ACMEError) -> Action? {
        guard request.allowsPartial, let problem = error.problem else { return nil }
        let names = identifiers
        let atFault = problem.identifiersAtFault(among: names)
        guard !atFault.isEmpty, atFault.count < names.count, reordersDone < ACMELimits.reordersPerRunMax else { return nil }
        for (name, words) in atFault.sorted(by: { $0.key < $1.key }) {
            leaveOut(name, ACMEError(error.code, fault: error.fault, subject: "name \(name)", reason: "refused", problem: words))
        }
        return reorder(after: error)
    }

    /// The challenge that we like best among those that can still be met.
    func solvable(in authorization: Authorization) -> Challenge? {
        let name = authorization.orderedIdentifier
        for type in openTypes(for: name) {
            if let challenge = authorization.challenges.first(where: { $0.knownType == type && $0.isOpen }) { return challenge }
        }
        return nil
    }

    private mutating func note(
        _ name: ACMEIdentifier, _ error: ACMEError, isRetried: Bool, _ authorizing: Authorizing, now: Date
    ) -> Action {
        let isRetried = isRetried && reordersDone < ACMELimits.reordersPerRunMax
        guard isRetried || mayLeaveOut(name, error) else { return fail(error) }
        failures.append(Failure(identifier: name, error: error, isRetried: isRetried))
        return next(authorizing, isAfterProgress: true, now: now)
    }

    private mutating func reorder(after error: ACMEError) -> Action {
        guard reordersDone < ACMELimits.reordersPerRunMax else { return fail(error) }
        reordersDone += 1
        return createOrder()
    }

    private mutating func spend(_ type: ChallengeType, for name: ACMEIdentifier, _ why: String?) {
        spent[name, default: []].append(SpentType(type: type, why: why))
    }

    private mutating func leaveOut(_ name: ACMEIdentifier, _ error: ACMEError) {
        guard !leftOut.contains(where: { $0.identifier == name }) else { return }
        leftOut.append(LeftOutName(identifier: name, reason: error.description, problem: error.problem))
        leftOut.sort { $0.identifier < $1.identifier }
    }

    /// Whether a certificate without the name is wanted: it is the name that is wrong, and others remain.
    private func mayLeaveOut(_ name: ACMEIdentifier, _ error: ACMEError) -> Bool {
        guard request.allowsPartial, error.fault == .configuration, reordersDone < ACMELimits.reordersPerRunMax else { return false }
        let gone = Set(failures.filter { !$0.isRetried }.map(\.identifier)).union([name])
        return identifiers.contains { !gone.contains($0) }
    }

    private func openTypes(for name: ACMEIdentifier) -> [ChallengeType] {
        let used = spent[name]?.map(\.type) ?? []
        return request.challengeTypes(for: name).filter { !used.contains($0) }
    }

    /// Whether it makes sense to prove control in another way. Each failure counts at the CA, so those that the next one would share are
    /// not repeated.
    private func hasOtherWay(for name: ACMEIdentifier, after problem: Problem?) -> Bool {
        switch problem?.acmeType {
        case "caa", "rejectedIdentifier", "unsupportedIdentifier", "rateLimited", "serverInternal": return false
        default: break
        }
        let offered = answers[name]?.offered
        return openTypes(for: name).contains { offered?.contains($0) ?? true }
    }

    /// The error with what was tried before it.
    private func combined(_ error: ACMEError, _ name: ACMEIdentifier) -> ACMEError {
        let earlier = spent[name]?.compactMap { spent in spent.why.map { "\(spent.type.rawValue) failed (\($0))" } } ?? []
        guard !earlier.isEmpty else { return error }
        let story = earlier.joined(separator: ", ")
        return error.with(reason: "\(error.reason), after \(story)")
    }
}
