internal import ACME
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// One attempt at one certificate, from the first look at what is stored to the written Secret. At most one runs for a Secret.
///
/// Safe to be killed anywhere: the record of the order is durable before each step that depends on it, the Secret is durable before
/// the record goes, and the next attempt begins by looking at both.
struct IssuanceAttempt: Sendable {
    /// How an attempt ended.
    enum Outcome: Sendable {
        /// The Secret is written; how many signed certificate timestamps the certificate has, where somebody looked.
        case issued(Secret, timestamps: Int? = nil)
        /// This stored Secret turned out to need nothing.
        case notNeeded(Secret?)
        /// The Secret may not be written, with the reason.
        case notOurs(String)
        /// The limits of the CA hold the order back until then, with the reason. It was not sent, and nothing counts.
        case postponed(until: Date, String)
        /// It failed; the record is durable, unless the store itself is what failed.
        case failed(IssuanceError, FailureRecord)
        /// It was stopped, because it is not wanted, because this process does not lead any more, or because the record says that it
        /// is not its time yet. Nothing is lost, and nothing counts.
        case cancelled
    }

    let item: CertificateItem
    /// Who is asked, in this order: the issuer, then its fallbacks. At least one.
    let candidates: [CandidateIssuer]
    /// Who the certificate may have come from.
    let origins: [CertificateOrigin]
    let context: IssuanceContext
    /// The addresses that clients of its Ingresses are told; empty when nobody says.
    var here: [String] = []
    /// Whether somebody wants it whatever failed before.
    let isForced: Bool
    /// Nil where no traces are exported.
    var trace: AttemptTrace?
    /// Asks whether the certificate may be ordered from an issuer: it is still wanted, and policies allow it.
    let mayOrder: @Sendable (IssuerName) async -> Bool
    /// Asks whether the certificate is still wanted; from a yes on the attempt is not stopped any more.
    let mayWrite: @Sendable () async -> Bool
    /// What is worth knowing although nothing failed.
    let notices = Notices()
    /// How far its order is.
    let progress = OrderProgressBoard()

    var target: NamespacedName { item.secret }

    /// Runs to the end.
    ///
    /// - Returns: how it ended, and the record as it is stored now; nil when the store would not tell.
    func run() async -> (outcome: Outcome, record: IssuanceRecord?) {
        let keeper: RecordKeeper
        do throws(IssuanceError) {
            keeper = try await RecordKeeper(target: target, store: context.store, time: context.time)
        } catch {
            return (isOver ? .cancelled : .failed(error, nextFailure(error, after: item.failure)), nil)
        }
        // The plan knows the record from the updates, which may lag behind the leader before us.
        if !isForced, let failure = await keeper.record.failure, failure.holdsBack(item.fingerprint, at: context.time.now()) {
            return (.cancelled, await keeper.record)
        }
        do throws(IssuanceError) {
            let outcome = try await issueInTime(keeper)
            return (outcome, await keeper.record)
        } catch {
            if isOver { return (.cancelled, await keeper.record) }
            // Without an order nobody looks for them any more.
            if await keeper.record.order?.orderURL == nil { await context.dns?.removeAll(keeper) }
            if error.isPostponed, let until = error.retryAfter { return (.postponed(until: until, error.message), await keeper.record) }
            let failure = await recordFailure(error, keeper, advice: await whereabouts(error))
            return (.failed(error, failure), await keeper.record)
        }
    }

    /// Whether it was stopped, so that whatever comes up now is no failure.
    private var isOver: Bool { Task.isCancelled || !context.fence.isStanding }

    /// Races the attempt against ``IssuanceLimits/attemptDurationMax``.
    private func issueInTime(_ keeper: RecordKeeper) async throws(IssuanceError) -> Outcome {
        let result = await withTaskGroup(of: Result<Outcome, IssuanceError>?.self) { group in
            group.addTask {
                do throws(IssuanceError) { return .success(try await issue(keeper)) } catch { return .failure(error) }
            }
            group.addTask {
                try? await context.time.sleep(for: IssuanceLimits.attemptDurationMax)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // The one that was cancelled is waited for, so that two attempts never work on one record.
            for await later in group where first == nil { if case .success? = later { return later } }
            return first
        }
        guard let result else {
            if isOver { return .cancelled }
            throw IssuanceError(
                .network, "no end after \(Int(IssuanceLimits.attemptDurationMax.seconds / 60)) minutes; what was reached is kept",
                cause: .stillProcessing)
        }
        return try result.get()
    }

    private func issue(_ keeper: RecordKeeper) async throws(IssuanceError) -> Outcome {
        let stored = try await read(target)
        let current = TargetSecret(reading: stored).claimed(by: item.desired)
        guard current.isWritable else {
            try await forget(keeper)
            return .notOurs("the Secret is not ours to write")
        }
        if stored == nil, item.target.ownership != .absent {
            // The Secret that the plan has seen is not where we write: it is one of the user's manifests, or it was deleted just now.
            try await forget(keeper)
            return .notOurs("the Secret is not in the store that we write to")
        }
        if let stored, await isWritten(stored, keeper) {
            // A crash came between the two last steps of the last attempt.
            try await forget(keeper)
            return .issued(stored)
        }
        guard await isStillNeeded(current, keeper) else {
            try await forget(keeper)
            return .notNeeded(stored)
        }
        var judged = stored
        if let stored, let refusal = try await writeRefusal(stored, &judged) {
            try await forget(keeper)
            return .notOurs(refusal)
        }
        if let judged, item.reason == .secretTemplateMismatch { return try await adorn(judged) }
        guard let (material, source) = try await obtain(keeper) else { return .cancelled }
        if let refusal = material.refusal(for: item.desired, now: context.time.now()) {
            throw IssuanceError(.certificateAuthority, refusal, cause: .certificateUnsuitable)
        }
        guard !Task.isCancelled, await mayWrite() else { return .cancelled }
        return try await write(material, from: source, over: judged, keeper)
    }

    /// Asks one issuer after the other, as long as they fail for reasons that are their CA's.
    ///
    /// - Returns: nil when the certificate is not wanted any more, or not allowed.
    private func obtain(_ keeper: RecordKeeper) async throws(IssuanceError) -> (IssuedMaterial, CandidateIssuer)? {
        var failed: [(name: IssuerName, error: IssuanceError)] = []
        for candidate in candidates {
            guard !Task.isCancelled, await mayOrder(candidate.name) else {
                if failed.isEmpty { return nil }
                continue
            }
            do throws(IssuanceError) {
                let material = try await obtain(from: candidate, keeper)
                for (name, error) in failed { notices.add("\(candidate.name) issued, since \(name) failed: \(error.message)") }
                return (material, candidate)
            } catch {
                failed.append((candidate.name, error))
                guard error.isCAFault, !isOver else { break }
            }
        }
        throw IssuanceError(all: failed)
    }

    private func obtain(from candidate: CandidateIssuer, _ keeper: RecordKeeper) async throws(IssuanceError) -> IssuedMaterial {
        let local = LocalIssuance(desired: item.desired, now: context.time.now())
        switch candidate.issuer.spec {
        case .acme(let spec): return try await ACMEAttempt(attempt: self, candidate: candidate, spec: spec, keeper: keeper).obtain()
        case .selfSigned(let spec): return try local.selfSigned(spec)
        case .ca(let spec):
            let namespace = context.settings.resourceNamespace(of: candidate.issuer.metadata.id)
            let name = NamespacedName(namespace: namespace, name: spec.secretName)
            guard let secret = try await read(name) else {
                throw IssuanceError(
                    .configuration, "Secret \(name) of the CA does not exist", cause: .signingKeyUnusable,
                    advice: NextStep.create(name, keys: [Secret.certificateKey, Secret.privateKeyKey]))
            }
            return try local.signed(by: secret, spec)
        case .unsupported(let kind):
            throw IssuanceError(.configuration, "issuer \(candidate.name) is of kind \(kind), which certctl does not offer")
        }
    }

    /// Looks once more at what is stored, past every cache: the plan may be a moment old, and an order costs the CA's patience.
    private func isStillNeeded(_ current: TargetSecret, _ keeper: RecordKeeper) async -> Bool {
        // That the certificate is revoked is known to the plan alone; another one in its place is not.
        let isRevoked = item.reason == .revoked && current.leaf?.certificate == item.target.leaf?.certificate
        let need = Need(
            desired: item.desired, target: current, origins: origins, isRevoked: isRevoked, now: context.time.now())
        if need.reason(renewAt: need.renewAt) != nil { return true }
        guard item.isLeftover else { return item.reason == .manuallyTriggered }
        guard let order = await keeper.record.order else { return false }
        return candidates.contains { candidate in
            guard case .acme(let spec) = candidate.issuer.spec else { return false }
            let attempt = ACMEAttempt(attempt: self, candidate: candidate, spec: spec, keeper: keeper)
            return order.serves(attempt.request(resuming: order), directoryURL: spec.server)
        }
    }

    /// Whether the pending order's certificate is in the Secret already: the key tells.
    private func isWritten(_ stored: Secret, _ keeper: RecordKeeper) async -> Bool {
        guard let order = await keeper.record.order, let pem = stored.data[Secret.privateKeyKey],
            let certificate = stored.data[Secret.certificateKey], !certificate.isEmpty
        else { return false }
        let pending = order.privateKeyPEM.withBytes { try? PrivateKey(pem: $0) }
        let written = try? PrivateKey(pem: pem.span)
        guard let pending, let written else { return false }
        return pending.publicKeyDER == written.publicKeyDER
    }

    /// Removes record and challenges of an order that is over.
    private func forget(_ keeper: RecordKeeper, keeping failure: FailureRecord? = nil) async throws(IssuanceError) {
        await context.challenges.removeAll(of: target)
        await context.dns?.removeAll(keeper)
        do { try await keeper.finish(keeping: failure) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
    }

    private func read(_ name: NamespacedName) async throws(IssuanceError) -> Secret? {
        do { return try await context.store.secret(name) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
    }
}

extension IssuanceAttempt {
    /// Puts the labels and annotations that the Certificate wants on a Secret of ours whose certificate needs nothing.
    private func adorn(_ stored: Secret) async throws(IssuanceError) -> Outcome {
        var secret = stored
        secret.metadata.labels.merge(item.desired.secretTemplate.labels) { $1 }
        secret.metadata.annotations.merge(item.desired.secretTemplate.annotations) { $1 }
        let condition = stored.metadata.resourceVersion.map { WriteCondition.version($0) } ?? .any
        do {
            secret.metadata.resourceVersion = try await context.store.put(secret, expecting: condition)
        } catch {
            // Somebody else wrote it just now; what it lacks by then is looked at again.
            if case .conflict = error.code { return .notNeeded(nil) }
            throw IssuanceError(.ours, "labels and annotations cannot be written: \(error)", cause: .storageFailed)
        }
        return .issued(secret)
    }

    /// Whether the store lets us write over an existing Secret, found out before anything is ordered: the same content is written
    /// back. A manifest of the user's, or a missing permission, would otherwise cost one order for each attempt.
    ///
    /// - Parameter judged: gets the version that the Secret has then.
    private func writeRefusal(_ stored: Secret, _ judged: inout Secret?) async throws(IssuanceError) -> String? {
        let condition = stored.metadata.resourceVersion.map { WriteCondition.version($0) } ?? .any
        do {
            judged?.metadata.resourceVersion = try await context.store.put(stored, expecting: condition)
            return nil
        } catch {
            switch error.code {
            case .foreignObject: return error.reason
            // Somebody else could write it just now, so we can; what it says by then is looked at before it is overwritten.
            case .conflict: return nil
            case .readOnly, .locked, .invalidName, .tooLarge, .unreadable, .io, .configuration, .closed, .unavailable, .forbidden, .refused,
                .namespaceMissing, .notLeader:
                throw IssuanceError(.ours, "the Secret cannot be written: \(error)", cause: .storageFailed)
            }
        }
    }

    /// Writes the Secret, then forgets the record: in this order, so that the key is always in one of the two.
    ///
    /// - Parameter judged: the Secret as the certificate was decided on, which is what may be overwritten; of another one it is decided
    ///   anew.
    private func write(
        _ material: IssuedMaterial, from source: CandidateIssuer, over judged: Secret?, _ keeper: RecordKeeper
    ) async throws(IssuanceError) -> Outcome {
        for attempt in 0..<IssuanceLimits.writeConflictsMax {
            let stored = attempt == 0 ? judged : try await read(target)
            if attempt > 0, let stored, await isWritten(stored, keeper) {
                // The write that seemed to be refused was not, or another leader has brought the same order to its end.
                try await forget(keeper)
                return .issued(stored)
            }
            guard TargetSecret(reading: stored).claimed(by: item.desired).isWritable else {
                try await forget(keeper)
                return .notOurs("the Secret was taken by somebody else while the certificate was made")
            }
            var secret = material.secret(for: item.desired, issuer: source.name, directory: source.directory, over: stored)
            let condition = stored.map { $0.metadata.resourceVersion.map { WriteCondition.version($0) } ?? .any } ?? .absent
            do {
                secret.metadata.resourceVersion = try await context.store.put(secret, expecting: condition)
            } catch {
                switch error.code {
                case .conflict: continue
                case .foreignObject:
                    try await forget(keeper)
                    return .notOurs(error.reason)
                case .readOnly, .locked, .invalidName, .tooLarge, .unreadable, .io, .configuration, .closed, .unavailable, .forbidden,
                    .refused, .namespaceMissing, .notLeader:
                    throw IssuanceError(.ours, "the certificate cannot be stored: \(error)", cause: .storageFailed)
                }
            }
            log(material, from: source)
            let lacking = await failureOfLeftOut(material, keeper)
            do throws(IssuanceError) { try await forget(keeper, keeping: lacking) } catch {
                // The certificate is safe; the record is found and dropped by the next pass.
                context.logger.warning("a finished order could not be forgotten", metadata: ["secret": "\(target)", "error": "\(error)"])
            }
            return .issued(secret, timestamps: material.timestamps)
        }
        throw IssuanceError(
            .ours, "the Secret changed \(IssuanceLimits.writeConflictsMax) times while the certificate was written", cause: .storageFailed)
    }

    /// Where the name leads that nobody could find us under; nil when it is not about that, or leads here.
    private func whereabouts(_ error: IssuanceError) async -> String? {
        guard let text = error.name, let name = try? DNSName(parsing: text), !name.isWildcard else { return nil }
        switch error.cause {
        case .hostUnreachable, .wrongAnswer, .selfCheckFailed, .authorizationFailed:
            let found = await context.dns?.dns.addresses(of: name) ?? []
            return NextStep.lead(text, from: found, to: here)
        default: return nil
        }
    }

    /// The names that were left out wait for another attempt, as after a failure.
    private func failureOfLeftOut(_ material: IssuedMaterial, _ keeper: RecordKeeper) async -> FailureRecord? {
        guard !material.leftOut.isEmpty else { return nil }
        let words = material.leftOut.map { "\($0.name) was left out: \($0.problem)" }
        let error = IssuanceError(
            .configuration, ShownText.list(words, separator: "; "), cause: .namesLeftOut,
            name: material.leftOut.count == 1 ? material.leftOut.first?.name : nil)
        return nextFailure(error, after: await keeper.record.failure)
    }

    private func log(_ material: IssuedMaterial, from source: CandidateIssuer) {
        context.logger.notice(
            "issued a certificate",
            metadata: [
                "secret": "\(target)", "issuer": "\(source.name)", "hosts": "\(item.desired.names.all.joined(separator: ","))",
                "serial": "\(material.leaf.serialNumber)", "notAfter": "\(material.leaf.notAfter.formatted(.iso8601))",
                "reason": "\(item.reason?.rawValue ?? "")",
            ])
    }

    private func recordFailure(_ error: IssuanceError, _ keeper: RecordKeeper, advice: String?) async -> FailureRecord {
        var failure = nextFailure(error, after: await keeper.record.failure)
        failure.advice = failure.advice ?? advice
        do { try await keeper.save(failure) } catch {
            context.logger.error("a failure could not be recorded", metadata: ["secret": "\(target)", "error": "\(error)"])
        }
        return failure
    }

    private func nextFailure(_ error: IssuanceError, after previous: FailureRecord?) -> FailureRecord {
        var record = FailureRecord.next(
            after: previous, message: error.message, fingerprint: item.fingerprint, retryAfter: error.retryAfter,
            notAfter: item.target.leaf?.notAfter,
            now: context.time.now(), draw: .random(in: 0...1))
        record.cause = error.cause
        record.name = error.name
        record.advice = error.advice
        return record
    }
}
