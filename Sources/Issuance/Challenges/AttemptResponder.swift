internal import ACME
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Synchronization
internal import Telemetry

/// Puts the challenges of one attempt where the CA looks for them, each by its type, and looks first whether the CA would succeed.
struct AttemptResponder: ChallengeResponder {
    let stored: StoredChallenges
    let dns: DNSChallenges?
    let selfCheck: SelfCheck?
    let time: any TimeSource
    let keeper: RecordKeeper
    let target: NamespacedName
    let selection: SolverSelection
    /// All names of the certificate.
    let names: Set<String>
    /// Where the Secrets of the issuer are.
    let namespace: String
    /// Where it is shown how far the challenges are.
    let progress: ChallengeProgress
    /// What kept a challenge from being put in place last.
    let fault = ChallengeFault()
    /// Nil where no traces are exported.
    let trace: OrderTrace?

    func present(_ challenge: PresentedChallenge) async throws {
        progress.set(.pending, challenge, of: target)
        do { try await put(challenge) } catch {
            progress.set(.errored, challenge, of: target, reason: "\(error)")
            throw error
        }
        progress.set(.processing, challenge, of: target)
    }

    private func put(_ challenge: PresentedChallenge) async throws {
        switch challenge.type {
        case .http01, .tlsALPN01:
            guard let key = ChallengeKey(challenge) else { return }
            try await stored.present(challenge, key, target: target)
            // Another way may be open where this one is closed.
            let began = time.now().traceTime
            do { try await selfCheck?.confirm(challenge, time: time) } catch let failure as SelfCheckFailure {
                trace?.selfChecked(from: began, failure: failure.description)
                throw ChallengeUnavailable(failure.description)
            }
            if selfCheck != nil { trace?.selfChecked(from: began, failure: nil) }
        case .dns01:
            guard let dns, let solver = solver(of: challenge) else {
                throw IssuanceError(.configuration, "no solver for dns-01 of \(challenge.identifier)")
            }
            try await dns.present(challenge, solver, namespace: namespace, keeper, fault: fault)
        case .dnsPersist01: return  // The record stands; it was looked for before the order was made.
        }
    }

    func remove(_ challenge: PresentedChallenge) async {
        switch challenge.type {
        case .http01, .tlsALPN01:
            if let key = ChallengeKey(challenge) { await stored.remove(key, target: target) }
        case .dns01: await dns?.remove(challenge, keeper)
        case .dnsPersist01: break
        }
        progress.remove(challenge, of: target)
    }

    /// The solver of the name that is being proved: the identifier of an authorization for a wildcard lacks the `*.`.
    private func solver(of challenge: PresentedChallenge) -> ACMESolver? {
        let bare = challenge.identifier.value
        let name = challenge.isWildcard || !names.contains(bare) ? "*." + bare : bare
        return selection.solver(of: challenge.type, for: name)
    }
}

/// What kept a challenge from being put in place, past the protocol's own errors, which know no objects.
final class ChallengeFault: Sendable {
    private let error: Mutex<IssuanceError?> = Mutex(nil)

    var value: IssuanceError? { error.withLock(\.self) }

    func note(_ error: IssuanceError) { self.error.withLock { $0 = error } }
}
