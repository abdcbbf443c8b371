extension DNSResolver {
    /// Asks one server after the other, twice, until one has an answer, and follows aliases that it has left open.
    func answer(to question: Question, isRecursionDesired: Bool = true) async throws(DNSError) -> Answer {
        let deadline = ContinuousClock.now.advanced(by: timeouts.total)
        var question = question
        var aliases = 0
        var visited: Set<DomainName> = [question.name]
        while true {
            let answer = try await firstAnswer(to: question, until: deadline, isRecursionDesired: isRecursionDesired)
            aliases += answer.aliases
            // A resolver has followed the chain to its end, unless it is an authoritative server in truth. Ask on from there then.
            guard answer.aliases > 0, answer.records.isEmpty, !answer.isNameError, answer.negativeZone == nil else { return answer }
            guard visited.insert(answer.name).inserted else {
                throw DNSError(.aliases("aliases lead in a circle, back to \(answer.name)"), subject: "\(question)")
            }
            guard aliases <= DNSLimits.aliasesMax else {
                throw DNSError(.aliases("more than \(DNSLimits.aliasesMax) aliases in a row"), subject: "\(question)")
            }
            question = Question(name: answer.name, type: question.type)
        }
    }

    private func firstAnswer(
        to question: Question, until deadline: ContinuousClock.Instant, isRecursionDesired: Bool
    ) async throws(DNSError) -> Answer {
        var lastError: DNSError?
        for _ in 0..<DNSLimits.roundsMax {
            for server in servers {
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else { break }
                do {
                    return try await answer(to: question, at: server, within: left, isRecursionDesired: isRecursionDesired)
                } catch {
                    guard error.code != .cancelled else { throw error }
                    lastError = error
                }
            }
        }
        throw lastError ?? DNSError(.timedOut(timeouts.total, instead: nil), subject: "\(question)")
    }

    /// Asks one server; at each of its addresses in turn when it is given by name.
    private func answer(
        to question: Question, at server: Nameserver, within limit: Duration, isRecursionDesired: Bool
    ) async throws(DNSError) -> Answer {
        let deadline = ContinuousClock.now.advanced(by: limit)
        let addresses = try await HostLookup.addresses(of: server, within: min(limit, timeouts.stream))
        var lastError = DNSError(.hostNotFound("it has none"), subject: "name server \(server)")
        for address in addresses.prefix(DNSLimits.addressesPerServerMax) {
            let query = ServerQuery(
                question: question, address: address, server: server, isRecursionDesired: isRecursionDesired, timeouts: timeouts)
            do {
                return try await query.answer(within: ContinuousClock.now.duration(to: deadline))
            } catch {
                guard error.code != .cancelled else { throw error }
                lastError = error
            }
        }
        throw lastError
    }
}
