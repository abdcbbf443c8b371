internal import ACME
internal import Core
internal import DNSProviders
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import Store
internal import Synchronization

/// The dns-01 records of the orders that this process works on. A record is noted durably before it is written, and the note goes only
/// after the record: whatever happens in between, somebody removes it.
struct DNSChallenges: Sendable {
    let dns: any IssuanceDNS
    let store: any Store
    let programs: PermittedPrograms
    /// Where the Secrets of ClusterIssuers are.
    let clusterNamespace: String
    /// ``IssuanceSettings/issuersUseAmbientCredentials``.
    let issuersUseAmbientCredentials: Bool
    let logger: Logger

    /// Writes the record of a challenge and returns once the CA will find it.
    ///
    /// - Parameter fault: gets what providers wrap into words of their own.
    func present(
        _ challenge: PresentedChallenge, _ solver: ACMESolver, namespace: String, _ keeper: RecordKeeper, fault: ChallengeFault
    ) async throws {
        guard case .dns01(let settings) = solver.challenge, let domain = challenge.identifier.dnsName else {
            throw IssuanceError(.configuration, "\(challenge.identifier) cannot be proved by dns-01")
        }
        let record = try await dns.record(
            of: solver, for: domain, token: challenge.token, keyAuthorization: challenge.keyAuthorization)
        let note = PresentedRecord(solver: settings, secretNamespace: namespace, record: record)
        try await keeper.note(note)
        programs.remember(note)
        try await dns.present(note, permission: permission(namespace), secrets: secrets(namespace, fault))
        try await dns.confirm(note, of: solver)
    }

    /// Removes the record of a challenge.
    func remove(_ challenge: PresentedChallenge, _ keeper: RecordKeeper) async {
        for note in await keeper.record.presented where note.record.keyAuthorization == challenge.keyAuthorization {
            await cleanUp(note, keeper)
        }
    }

    /// Removes everything that is noted.
    func removeAll(_ keeper: RecordKeeper) async {
        for note in await keeper.record.presented { await cleanUp(note, keeper) }
    }

    /// A record that cannot be removed now stays noted.
    private func cleanUp(_ note: PresentedRecord, _ keeper: RecordKeeper) async {
        do {
            guard programs.mayCleanUp(note, clusterNamespace: clusterNamespace) else {
                throw IssuanceError(
                    .configuration, "no issuer has this dns01 solver any more, so its Secrets are not read; remove it by hand")
            }
            try await dns.cleanUp(note, permission: permission(note.secretNamespace), secrets: secrets(note.secretNamespace))
            try await keeper.drop(note)
            programs.forget(note)
        } catch {
            logger.warning(
                "a dns-01 record could not be removed, and is tried again",
                metadata: ["record": "\(note.record.name)", "error": "\(error)"])
        }
    }

    /// Why a solver cannot work, as far as its settings and its Secrets tell; nil when it can.
    func fault(in solver: ACMESolver, namespace: String) async -> String? {
        guard case .dns01(let settings) = solver.challenge else { return nil }
        do {
            try await dns.checkSettings(settings, permission: permission(namespace), secrets: secrets(namespace))
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Who may write where the Secrets of ClusterIssuers are, is trusted as much as who may write those.
    private func permission(_ namespace: String) -> SolverPermission {
        SolverPermission(
            exec: programs.permission, usesAmbientCredentials: issuersUseAmbientCredentials || namespace == clusterNamespace,
            namespace: namespace)
    }

    private func secrets(_ namespace: String, _ fault: ChallengeFault? = nil) -> SecretEntries {
        { [store] selector in
            let name = NamespacedName(namespace: namespace, name: selector.name)
            let secret = try await store.secret(name)
            guard let entry = secret?.data[selector.key] else {
                let error = IssuanceError(
                    .configuration,
                    secret == nil
                        ? "Secret \(name) of the solver does not exist" : "Secret \(name) of the solver has no entry \(selector.key)",
                    cause: .secretMissing,
                    advice: secret == nil
                        ? NextStep.create(name, keys: [selector.key]) : "add the key \(selector.key) to Secret \(name)")
                fault?.note(error)
                throw error
            }
            return entry
        }
    }
}

/// What the issuers say now about solvers: the programs that may be started, which are those of ClusterIssuers and of the issuers in a folder,
/// whose writers own this machine anyway; and which notes of records are to be believed.
///
/// A note lies in a Secret beside the certificate's, where others may write, and it names Secrets in a namespace and somebody to send them to.
/// So it counts only while an issuer says the same, or when this process wrote it.
final class PermittedPrograms: Sendable {
    /// Whose Secrets a solver may name: those of this namespace, or nil for those of ClusterIssuers.
    private struct Origin: Hashable {
        let namespace: String?
        let solver: DNS01Solver
    }

    private struct State {
        var programs: [ExecProvider] = []
        var solvers: Set<Origin> = []
        var own: Set<PresentedRecord> = []
    }

    private let startsPrograms: Bool
    private let includesNamespaced: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - startsPrograms: whether the operator allows any at all.
    ///   - includesNamespaced: whether those of namespaced issuers count.
    init(startsPrograms: Bool = false, includesNamespaced: Bool) {
        self.startsPrograms = startsPrograms
        self.includesNamespaced = includesNamespaced
    }

    /// Takes over what the issuers say now.
    func update(_ issuers: some Sequence<Issuer>) {
        var programs: [ExecProvider] = []
        var solvers: Set<Origin> = []
        for issuer in issuers {
            guard case .acme(let spec) = issuer.spec else { continue }
            let namespace = issuer.scope == .cluster ? nil : issuer.metadata.id.namespace
            for solver in spec.solvers {
                guard case .dns01(let settings) = solver.challenge else { continue }
                solvers.insert(Origin(namespace: namespace, solver: settings))
                if includesNamespaced || namespace == nil, case .exec(let program) = settings.provider { programs.append(program) }
            }
        }
        state.withLock { state in
            state.programs = programs
            state.solvers = solvers
        }
    }

    /// What may be started now.
    var permission: ExecPermission {
        startsPrograms ? .allowed(state.withLock(\.programs)) : .refused(because: "the operator does not allow it (--allow-exec-dns)")
    }

    /// Takes note that a note is this process's own, so that its record can be removed whatever becomes of the issuer meanwhile.
    func remember(_ note: PresentedRecord) { state.withLock { _ = $0.own.insert(note) } }

    /// The record is gone.
    func forget(_ note: PresentedRecord) { state.withLock { _ = $0.own.remove(note) } }

    /// Whether the Secrets that a note names may be read, and sent where it says.
    func mayCleanUp(_ note: PresentedRecord, clusterNamespace: String) -> Bool {
        state.withLock { state in
            state.own.contains(note) || state.solvers.contains(Origin(namespace: note.secretNamespace, solver: note.solver))
                || note.secretNamespace == clusterNamespace && state.solvers.contains(Origin(namespace: nil, solver: note.solver))
        }
    }
}
