internal import ACME
internal import Core
internal import DNS
internal import DNSProviders
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// The part of an attempt that asks one ACME CA, going on with a pending order where there is one.
struct ACMEAttempt: Sendable {
    let attempt: IssuanceAttempt
    let candidate: CandidateIssuer
    let spec: ACMEIssuerSpec
    let keeper: RecordKeeper

    private var context: IssuanceContext { attempt.context }
    private var desired: DesiredCertificate { attempt.item.desired }
    private var target: NamespacedName { attempt.target }
    private var issuer: NamespacedName { candidate.issuer.metadata.id }

    /// Gets the certificate.
    func obtain() async throws(IssuanceError) -> IssuedMaterial {
        if await !isUnderWay { try await rehearse() }
        let issued = try await order(spec, issuer, journal: keeper, replaces: try await replaced())
        return IssuedMaterial(
            chainPEM: issued.chainPEM, keyPEM: issued.keyPEM, caPEM: nil, leaf: issued.keyPair.leaf,
            leftOut: issued.leftOut.map { LeftOutName(name: $0.identifier.value, problem: ShownText.line($0.reason, bytesMax: 512)) },
            timestamps: issued.timestampCount)
    }

    /// Whether there is an order to go on with.
    private var isUnderWay: Bool {
        get async {
            guard let record = await keeper.record.order, record.orderURL != nil else { return false }
            return record.serves(request(resuming: record), directoryURL: spec.server)
        }
    }

    private func order(
        _ spec: ACMEIssuerSpec, _ issuer: NamespacedName, journal: any OrderJournal, replaces: String?, isRehearsal: Bool = false
    ) async throws(IssuanceError) -> IssuedCertificate {
        let session = try await context.sessions.session(of: issuer, spec)
        let trace = attempt.trace.map { OrderTrace($0, directory: spec.server, isRehearsal: isRehearsal) }
        let responder = responder(spec, trace)
        do {
            try await preflight(spec, session)
            return try await session.accounts.withAccount { account throws(ACMEError) in
                let record = isRehearsal ? nil : await keeper.record.order
                let journal = BudgetedJournal(
                    journal, budgets: context.budgets, target: target,
                    planned: PlannedOrder(
                        spec, issuer: issuer, settings: context.settings, desired: desired, target: attempt.item.target),
                    order: isRehearsal ? nil : keeper, isResumed: record?.orderURL != nil)
                let (board, time) = (attempt.progress, context.time)
                board.begin(directory: spec.server, account: account.url, names: desired.names.all, at: time.now())
                let driver = OrderDriver(
                    client: session.client, account: account, journal: journal, responder: responder, time: time
                ) { [logger = context.protocolLogger, target] step in
                    logger.debug("order step", metadata: ["secret": "\(target)", "step": "\(step)"])
                    for milestone in step.milestones { board.note(milestone, at: time.now()) }
                    trace?.took(step)
                }
                do throws(ACMEError) {
                    let issued = try await driver.run(request(resuming: record, replaces: replaces), resuming: record)
                    trace?.end(nil)
                    await journal.ended(nil)
                    return issued
                } catch {
                    trace?.end(IssuanceError(error).message)
                    await journal.ended(error)
                    throw error
                }
            }
        } catch let error as ACMEError {
            throw IssuanceError(error, because: error.code == .challengeNotPresented ? responder.fault.value : nil)
        } catch let error as IssuanceError {
            throw error
        } catch {
            throw IssuanceError(.ours, "\(error)", cause: .ours)
        }
    }

    /// What is asked of the CA.
    func request(resuming record: OrderRecord?, replaces: String? = nil) -> OrderRequest {
        let names = desired.names
        // The addresses are canonical already, so none of them is left out.
        let addresses = names.ipAddresses.compactMap { try? ACMEIdentifier(parsing: $0) }
        let identifiers = names.dnsNames.map { ACMEIdentifier($0) } + addresses
        let selection = SolverSelection(
            solvers: spec.solvers, labels: desired.labels, answersTLSALPN01: context.settings.answersTLSALPN01)
        return OrderRequest(
            identifiers: identifiers, keyAlgorithm: desired.options.keyAlgorithm ?? CertificateOptions.keyAlgorithmDefault,
            profile: spec.profile, replaces: replaces, notAfter: notAfter(resuming: record), preferredChain: spec.preferredChain,
            challengeTypesByIdentifier: Dictionary(uniqueKeysWithValues: identifiers.map { ($0, selection.challengeTypes(for: $0.value)) }),
            // What lacks names already is only worth replacing by one that has them.
            allowsPartial: desired.options.allowsPartial && attempt.item.reason != .namesLeftOut)
    }

    /// The end to ask for, where the issuer's CA allows it (`enableDurationFeature`). A pending order keeps the one that it was
    /// made with: "in 90 days" is another moment at each restart, and would make another order of it.
    private func notAfter(resuming record: OrderRecord?) -> Date? {
        guard spec.enableDurationFeature, let duration = desired.options.duration else { return nil }
        if let pending = record?.notAfter, pending > context.time.now() { return pending }
        return context.time.now().addingTimeInterval(duration.seconds)
    }

    /// The certificate that the new one replaces, when the same CA issued it. RFC 9773 §5.
    private func replaced() async throws(IssuanceError) -> String? {
        let stored: Secret?
        do { stored = try await context.store.secret(target) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
        let current = TargetSecret(reading: stored)
        guard current.ownership == .ours, current.directory == spec.server, let leaf = current.leaf?.certificate else { return nil }
        return ARICertificateID(leaf)?.text
    }

    private func responder(_ spec: ACMEIssuerSpec, _ trace: OrderTrace?) -> AttemptResponder {
        AttemptResponder(
            stored: context.challenges, dns: context.dns, selfCheck: context.selfCheck, time: context.time, keeper: keeper, target: target,
            selection: SolverSelection(
                solvers: spec.solvers, labels: desired.labels, answersTLSALPN01: context.settings.answersTLSALPN01),
            names: Set(desired.names.all),
            namespace: context.settings.resourceNamespace(of: issuer), progress: context.progress,
            trace: trace)
    }
}

extension ACMEAttempt {
    /// After repeated failures: an order at the CA's directory for trials, so that a name which cannot be proved costs no more failed
    /// validations where they count. What comes of it is thrown away.
    private func rehearse() async throws(IssuanceError) {
        guard let rehearsal = candidate.rehearsal, let failure = await keeper.record.failure,
            failure.fingerprint == attempt.item.fingerprint, failure.count >= IssuanceLimits.failuresBeforeRehearsal
        else { return }
        do throws(IssuanceError) {
            _ = try await order(rehearsal.spec, rehearsal.issuer, journal: ForgetfulJournal(), replaces: nil, isRehearsal: true)
            context.logger.info("a rehearsal succeeded", metadata: ["secret": "\(target)", "server": "\(rehearsal.spec.server)"])
        } catch {
            // A directory for trials that is down may not stop the real one.
            guard error.isCAFault, !Task.isCancelled else {
                throw IssuanceError(
                    error.fault, "at the staging directory, before the CA is asked again: \(error.message)", retryAfter: error.retryAfter,
                    cause: error.cause, name: error.name, advice: error.advice)
            }
            attempt.notices.add("the staging directory \(rehearsal.spec.server) failed and was passed over: \(error.message)")
        }
    }

    /// What is found out without the CA, since asking it in vain counts against its limits.
    private func preflight(_ spec: ACMEIssuerSpec, _ session: ACMESessions.Session) async throws {
        guard let dns = context.dns?.dns else { return }
        let account = try await session.accounts.account()
        let directory = try await session.client.directory()
        let selection = SolverSelection(
            solvers: spec.solvers, labels: desired.labels, answersTLSALPN01: context.settings.answersTLSALPN01)
        for name in desired.names.dnsNames {
            let types = selection.challengeTypes(for: name.ascii)
            if types.first == .dnsPersist01 { try await checkStandingProof(of: name, dns, account, directory) }
            if context.settings.checksCAA { try await checkCAA(of: name, types.first, dns, account, directory) }
        }
    }

    /// draft-ietf-acme-dns-persist: the record is the operator's to make, so its absence is said before the CA finds out.
    private func checkStandingProof(
        of name: DNSName, _ dns: any IssuanceDNS, _ account: ACMEAccount, _ directory: Directory
    ) async throws {
        let names = directory.standingProofNames
        guard !names.isEmpty else { return }
        let rules = try DNSPersist01(
            issuerDomainNames: names, accountHashPrefix: directory.meta?.accountHashPrefix,
            accountURL: account.url, keyThumbprint: account.key.jwk.thumbprint)
        switch try await dns.verdict(of: rules, for: name, at: context.time.now()) {
        case .valid: return
        case .missing(let record, let found):
            throw IssuanceError(
                .configuration,
                "\(name) has no standing proof for dns-persist-01"
                    + (found.isEmpty ? "" : " (\(ShownText.list(found, separator: "; ")))") + "; create this record: \(record)",
                cause: .standingProofMissing, name: name.ascii, advice: "create the TXT record \(record)")
        case .unknown(let error):
            throw IssuanceError(
                .network, "the standing proof of \(name) for dns-persist-01 cannot be looked up: \(error)", cause: .nameNotResolved,
                name: name.ascii)
        }
    }

    /// RFC 8659: a CA must refuse what CAA records forbid, and so do we, with the reason.
    private func checkCAA(
        of name: DNSName, _ type: ChallengeType?, _ dns: any IssuanceDNS, _ account: ACMEAccount, _ directory: Directory
    ) async throws(IssuanceError) {
        guard let identities = directory.meta?.caaIdentities, !identities.isEmpty else { return }
        let verdict = await dns.caa(
            CAA.Request(name: name, identities: identities, accountURL: account.url, validationMethod: type?.rawValue))
        switch verdict {
        case .allowed: return
        case .refused(let why):
            throw IssuanceError(
                .configuration, "CAA records do not let the CA issue for \(name): \(why)", cause: .caaForbids, name: name.ascii,
                advice: "add a CAA record `\(name) CAA 0 issue \"\(identities[0])\"`, or ask another CA for it")
        case .unknown(let why): attempt.notices.add("the CAA records of \(name) could not be judged, and the CA was asked: \(why)")
        }
    }
}

/// A rehearsal is not resumed, so nothing of it is kept.
private struct ForgetfulJournal: OrderJournal {
    func save(_ record: OrderRecord) async {}
}
