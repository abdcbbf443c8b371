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
    let logger: Logger

    /// Writes the record of a challenge and returns once the CA will find it.
    func present(_ challenge: PresentedChallenge, _ solver: ACMESolver, namespace: String, _ keeper: RecordKeeper) async throws {
        guard case .dns01(let settings) = solver.challenge, let domain = challenge.identifier.dnsName else {
            throw IssuanceError(.configuration, "\(challenge.identifier) cannot be proved by dns-01")
        }
        let record = try await dns.record(
            of: solver, for: domain, token: challenge.token, keyAuthorization: challenge.keyAuthorization)
        let note = PresentedRecord(solver: settings, secretNamespace: namespace, record: record)
        try await keeper.note(note)
        try await dns.present(note, permission: programs.permission, secrets: secrets(namespace))
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
            try await dns.cleanUp(note, permission: programs.permission, secrets: secrets(note.secretNamespace))
            try await keeper.drop(note)
        } catch {
            logger.warning(
                "a dns-01 record could not be removed, and is tried again",
                metadata: ["record": "\(note.record.name)", "error": "\(error)"])
        }
    }

    private func secrets(_ namespace: String) -> SecretEntries {
        { [store] selector in
            let name = NamespacedName(namespace: namespace, name: selector.name)
            guard let secret = try await store.secret(name) else {
                throw IssuanceError(.configuration, "Secret \(name) of the solver does not exist")
            }
            guard let entry = secret.data[selector.key] else {
                throw IssuanceError(.configuration, "Secret \(name) of the solver has no entry \(selector.key)")
            }
            return entry
        }
    }
}

/// The programs that solvers may start now: those of ClusterIssuers, and of the issuers in a folder, whose writers own this machine anyway.
final class PermittedPrograms: Sendable {
    private let includesNamespaced: Bool
    private let providers: Mutex<[ExecProvider]> = Mutex([])

    init(includesNamespaced: Bool) { self.includesNamespaced = includesNamespaced }

    /// Takes over what the issuers say now.
    func update(_ issuers: some Sequence<Issuer>) {
        var found: [ExecProvider] = []
        for issuer in issuers where includesNamespaced || issuer.scope == .cluster {
            guard case .acme(let spec) = issuer.spec else { continue }
            for solver in spec.solvers {
                if case .dns01(let settings) = solver.challenge, case .exec(let program) = settings.provider { found.append(program) }
            }
        }
        providers.withLock { $0 = found }
    }

    var permission: ExecPermission { .allowed(providers.withLock(\.self)) }
}
