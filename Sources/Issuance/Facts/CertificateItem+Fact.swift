internal import Core
public import FoundationEssentials
internal import PKI

extension CertificateItem {
    /// The line of `certctl status` about this Secret.
    ///
    /// - Parameters:
    ///   - isRunning: Whether an attempt is under way in this process. Without a process (`certctl status --state DIR`) a pending
    ///     order counts as one.
    ///   - now: Decides between valid and expired.
    public func fact(isRunning: Bool, now: Date) -> CertificateFact {
        let leaf = target.leaf
        let names = desired.names.isEmpty ? desired.toleratedNames.sorted() : desired.names.all
        var fact = CertificateFact(
            namespace: secret.namespace, secretName: secret.name, hosts: names,
            ingresses: desired.ingresses.map(\.description), state: state(isRunning: isRunning, now: now), failures: failure?.count ?? 0)
        if case .issue(let issuer) = desired.wish { fact.issuer = issuer.description }
        fact.certificate = desired.certificate?.description
        fact.reason = reason?.rawValue
        fact.message = message(now: now)
        fact.policy = policyDenial
        fact.notBefore = leaf?.notBefore
        fact.notAfter = leaf?.notAfter
        fact.renewAt = renewAt
        fact.renewalWindow = renewalWindow
        fact.issuedBy = target.issuer.flatMap { fact.issuer == $0.description || desired.wish == .serveOnly ? nil : $0.description }
        if let leaf {
            let uncovered = leaf.uncovered(of: desired.names)
            fact.uncoveredHosts = uncovered.isEmpty ? nil : uncovered.sorted()
        }
        if case .unusable(let why) = target.content { fact.secretProblem = why }
        fact.leftOut = target.leftOut.isEmpty ? nil : target.leftOut
        fact.serialNumber = leaf?.certificate?.serialNumber
        fact.fingerprint = leaf?.fingerprint
        fact.firstFailure = failure?.first
        fact.lastFailure = failure?.last
        fact.lastError = failure?.message
        fact.lastErrorCause = failure?.cause
        fact.lastErrorName = failure?.name
        fact.nextAttempt = failure?.nextAttempt
        if let leaf { fact.describe(leaf, isSignedHere: isSignedHere, now: now) }
        fact.renewReason = renewalRule?.words(certificate: desired.certificate)
        fact.order = progress
        fact.advise(known: knownAdvice, now: now)
        return fact
    }

    /// What whoever met the obstacle had to say.
    var knownAdvice: String? { advice ?? failure?.advice }

    /// Whether we hold the key of the CA that the certificate came from.
    private var isSignedHere: Bool { target.ownership == .ours && target.directory == nil }

    private func state(isRunning: Bool, now: Date) -> CertificateFact.State {
        switch (desired.wish, target.ownership) {
        case (.serveOnly, .absent): return .placeholder
        case (.serveOnly, .certManager), (.serveOnly, .foreign), (.issue, .foreign): return .foreign
        case (.serveOnly, .ours): break
        case (.refused, _), (.issue, .absent), (.issue, .ours), (.issue, .certManager): break
        }
        if let leaf = target.leaf, leaf.notAfter <= now { return .expired }
        switch work {
        case .blocked: return .blocked
        case .none: return isRunning ? .issuing : .valid
        case .due where isRunning || (hasPendingOrder && failure == nil): return .issuing
        case .due: return failure == nil ? .pending : .failing
        case .backingOff: return isRunning ? .issuing : .failing
        }
    }

    private func message(now: Date) -> String? {
        if let policyDenial { return "PolicyDenied: " + policyDenial }
        if case .blocked(_, let message) = work { return message }
        if case .unusable(let why) = target.content { return "the Secret cannot be served: \(why)" }
        if desired.wish == .serveOnly, target.ownership == .ours {
            return "nobody asks for this certificate any more, so it is not renewed"
        }
        guard target.ownership == .foreign || desired.wish == .serveOnly else { return nil }
        switch target.content {
        case .empty where target.ownership == .absent: return nil
        case .empty: return "the Secret holds no certificate"
        case .unusable: return nil
        case .certificate(let leaf):
            if leaf.notAfter <= now { return "the certificate has expired, and the Secret is not ours to write" }
            let uncovered = leaf.uncovered(of: desired.names)
            if uncovered.isEmpty { return nil }
            return "the certificate does not cover \(ShownText.list(uncovered)), and the Secret is not ours to write"
        }
    }
}

extension CertificateFact {
    /// Says what there is.
    mutating func describe(_ leaf: LeafFacts, isSignedHere: Bool, now: Date) {
        keyAlgorithm = leaf.keyAlgorithm?.description ?? leaf.certificate?.keyDescription
        certificateIssuer = leaf.certificate.map { $0.issuerCommonName ?? $0.issuer }
        lifetimeLeft = CertificateFact.lifetimeLeft(notBefore: leaf.notBefore, notAfter: leaf.notAfter, now: now)
        let problems = leaf.chain.map { ChainReview.problems($0, isSignedHere: isSignedHere, now: now) } ?? []
        chainProblems = problems.isEmpty ? nil : problems
    }

    /// How much of a lifetime is left: 1 before its start, 0 after its end, rounded to 1/1000 so that a report does not differ from the next
    /// for nothing.
    static func lifetimeLeft(notBefore: Date, notAfter: Date, now: Date) -> Double {
        let lifetime = notAfter.timeIntervalSince(notBefore)
        guard lifetime > 0 else { return now < notAfter ? 1 : 0 }
        return (min(max(notAfter.timeIntervalSince(now) / lifetime, 0), 1) * 1000).rounded() / 1000
    }

    /// The same with what replicas serve in its place; nothing for none.
    public func served(as served: [ServedCertificate], at now: Date) -> CertificateFact {
        var fact = self
        fact.served = served.isEmpty ? nil : served
        switch state {
        // What is failing, blocked or expired has something more urgent to say.
        case .failing, .blocked, .expired, .placeholder: return fact
        case .valid, .pending, .issuing, .foreign:
            fact.advise(known: failures > 0 ? advice : nil, now: now)
            return fact
        }
    }

    /// Works out the next step anew, after what it depends on was put in.
    ///
    /// - Parameter known: as ``NextStep/text(known:)`` takes it.
    mutating func advise(known: String?, now: Date) {
        advice = NextStep(self, now: now).text(known: known)
    }

    /// Says when its turn comes.
    mutating func setTurn(_ turn: Agenda.Turn) {
        queuedUntil = turn.at
        queueReason = turn.reason.isEmpty ? nil : turn.reason
        renewReason = "queued: " + (queueReason ?? "the limits of the CA")
    }
}
