internal import ACME
internal import CALimits
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// The clients and accounts of the ACME issuers: one of each for an issuer, however many certificates start at once.
actor ACMESessions {
    /// What an order needs.
    struct Session: Sendable {
        let client: ACMEClient
        let accounts: AccountManager
        /// The account's URL, once it is registered.
        fileprivate(set) var accountURL: String?
        fileprivate let fingerprint: String
    }

    private let store: any Store
    private let settings: IssuanceSettings
    private let time: any TimeSource
    private let transports: ACMETransportPool
    private let budgets: BudgetKeeper
    private let logger: Logger
    private var sessions: [NamespacedName: Session] = [:]
    private var clients: [NamespacedName: (fingerprint: String, client: ACMEClient)] = [:]
    private var registrations: [NamespacedName: Registration] = [:]
    private var failures: [NamespacedName: FailureRecord] = [:]
    /// Those whose failures are their CA's.
    private var isCAFault: Set<NamespacedName> = []

    /// How far an account has come.
    enum AccountState: Hashable, Sendable {
        /// The CA knows it under this URL.
        case registered(url: String)
        /// The CA, or the way to it, does not let us.
        case failed(String, nextAttempt: Date)
        /// Nobody has asked yet.
        case unknown
    }

    /// An account that is being found or made, for everyone who waits for it.
    private struct Registration {
        let fingerprint: String
        let task: Task<Result<Session, IssuanceError>, Never>
    }

    init(
        store: any Store, settings: IssuanceSettings, time: any TimeSource, factory: any ACMETransportFactory,
        budgets: BudgetKeeper, logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.time = time
        self.transports = ACMETransportPool(factory: factory)
        self.budgets = budgets
        self.logger = logger
    }

    /// The session of an issuer as it is now, with its account there.
    ///
    /// A hundred certificates that start at once wait for one registration. When it fails all of them get its error, and nobody
    /// tries again before the ladder, or the CA, allows it.
    func session(of issuer: NamespacedName, _ spec: ACMEIssuerSpec) async throws(IssuanceError) -> Session {
        let fingerprint = ACMEIssuerFingerprint.of(spec)
        if let known = sessions[issuer], known.fingerprint == fingerprint { return known }
        if let failure = failures[issuer], failure.fingerprint == fingerprint, failure.nextAttempt > time.now() {
            throw IssuanceError(
                .certificateAuthority, failure.message, retryAfter: failure.nextAttempt, isCAFault: isCAFault.contains(issuer),
                cause: failure.cause ?? .other, advice: failure.advice)
        }
        if let registration = registrations[issuer], registration.fingerprint == fingerprint {
            return try await registration.task.value.get()
        }
        let task = Task { await register(issuer, spec, fingerprint) }
        registrations[issuer] = Registration(fingerprint: fingerprint, task: task)
        return try await task.value.get()
    }

    private func register(
        _ issuer: NamespacedName, _ spec: ACMEIssuerSpec, _ fingerprint: String
    ) async -> Result<Session, IssuanceError> {
        let result: Result<Session, IssuanceError>
        do throws(IssuanceError) {
            var session = try await open(issuer, spec, fingerprint)
            try await askForAccount(issuer, spec)
            do { session.accountURL = try await session.accounts.account().url } catch { throw IssuanceError(error) }
            result = .success(session)
        } catch {
            result = .failure(Task.isCancelled ? error : failed(issuer, error, fingerprint))
        }
        guard registrations[issuer]?.fingerprint == fingerprint else { return result }
        registrations[issuer] = nil
        if case .success(let session) = result {
            sessions[issuer] = session
            failures[issuer] = nil
        }
        return result
    }

    /// Asks for leave before a new account is made: without a key there is none.
    private func askForAccount(_ issuer: NamespacedName, _ spec: ACMEIssuerSpec) async throws(IssuanceError) {
        let name = NamespacedName(namespace: settings.resourceNamespace(of: issuer), name: spec.privateKeySecretRef.name)
        let secret: Secret?
        do { secret = try await store.secret(name) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
        guard secret?.data[spec.privateKeySecretRef.key] == nil else { return }
        if case .notBefore(let until, let hold) = try await budgets.admitAccount(spec.server) {
            throw IssuanceError(.certificateAuthority, hold.reason, retryAfter: until, cause: .rateLimited)
        }
    }

    /// The client of an issuer's CA, for what needs no account.
    func client(of issuer: NamespacedName, _ spec: ACMEIssuerSpec) async throws(IssuanceError) -> ACMEClient {
        let fingerprint = ACMEIssuerFingerprint.of(spec)
        if let known = sessions[issuer], known.fingerprint == fingerprint { return known.client }
        if let known = clients[issuer], known.fingerprint == fingerprint { return known.client }
        let client = try await makeClient(issuer, spec)
        clients[issuer] = (fingerprint, client)
        return client
    }

    private func makeClient(_ issuer: NamespacedName, _ spec: ACMEIssuerSpec) async throws(IssuanceError) -> ACMEClient {
        do {
            let transport = try await transports.transport(for: ACMETransportConfiguration(spec))
            return try ACMEClient(directoryURL: spec.server, transport: transport, time: time)
        } catch let error as ACMEError {
            throw IssuanceError(error)
        } catch {
            throw IssuanceError(.configuration, "issuer \(issuer): \(error)")
        }
    }

    /// How far the account of an issuer as it is now has come.
    func accountState(of issuer: NamespacedName, _ spec: ACMEIssuerSpec) -> AccountState {
        let fingerprint = ACMEIssuerFingerprint.of(spec)
        if let session = sessions[issuer], session.fingerprint == fingerprint, let url = session.accountURL { return .registered(url: url) }
        if let failure = failures[issuer], failure.fingerprint == fingerprint {
            return .failed(failure.message, nextAttempt: failure.nextAttempt)
        }
        return .unknown
    }

    /// Notes that the account could not be had.
    private func failed(_ issuer: NamespacedName, _ error: IssuanceError, _ fingerprint: String) -> IssuanceError {
        var failure = FailureRecord.next(
            after: failures[issuer], message: error.message, fingerprint: fingerprint, retryAfter: error.retryAfter, now: time.now(),
            draw: .random(in: 0...1))
        failure.cause = error.cause
        failure.advice = error.advice
        failures[issuer] = failure
        if error.isCAFault { isCAFault.insert(issuer) } else { isCAFault.remove(issuer) }
        return IssuanceError(
            error.fault, error.message, retryAfter: failure.nextAttempt, isCAFault: error.isCAFault, cause: error.cause,
            advice: error.advice)
    }

    /// Drops the sessions of issuers that are gone, and connections that nobody uses.
    func retain(_ issuers: [NamespacedName: ACMEIssuerSpec]) async {
        sessions = sessions.filter { issuers[$0.key] != nil }
        failures = failures.filter { issuers[$0.key] != nil }
        clients = clients.filter { issuers[$0.key] != nil }
        await transports.retain(Set(issuers.values.map { ACMETransportConfiguration($0) }))
    }

    /// Forgets the session of an issuer: its account is looked at anew.
    func forget(_ issuer: NamespacedName) {
        sessions[issuer] = nil
        failures[issuer] = nil
    }

    /// Forgets the failures of all issuers, for a forced renewal.
    func forgive() { failures = [:] }

    /// Ends everything. Who waits for an account gets an error.
    func stop() async {
        for registration in registrations.values { registration.task.cancel() }
        await retain([:])
    }

    private func open(_ issuer: NamespacedName, _ spec: ACMEIssuerSpec, _ fingerprint: String) async throws(IssuanceError) -> Session {
        let namespace = settings.resourceNamespace(of: issuer)
        let binding = try await externalAccount(spec, namespace: namespace)
        let client = try await client(of: issuer, spec)
        if spec.skipTLSVerify {
            logger.warning(
                "the connection to the CA is not verified: skipTLSVerify is set",
                metadata: ["issuer": "\(issuer)", "server": "\(spec.server)"])
        }
        let accountStore = SecretAccountStore(
            store: store, name: NamespacedName(namespace: namespace, name: spec.privateKeySecretRef.name),
            entry: spec.privateKeySecretRef.key, logger: logger)
        let accounts = AccountManager(
            client: client, store: accountStore,
            settings: AccountManager.Settings(
                contact: spec.email.map { ["mailto:" + $0] } ?? [], externalAccount: binding,
                generatesKey: !spec.disableAccountKeyGeneration))
        return Session(client: client, accounts: accounts, fingerprint: fingerprint)
    }

    private func externalAccount(
        _ spec: ACMEIssuerSpec, namespace: String
    ) async throws(IssuanceError) -> ACME.ExternalAccountBinding? {
        guard let binding = spec.externalAccountBinding else { return nil }
        let name = NamespacedName(namespace: namespace, name: binding.keySecretRef.name)
        let secret: Secret?
        do { secret = try await store.secret(name) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
        let entry = binding.keySecretRef.key
        let field = "externalAccountBinding.keySecretRef"
        guard let bytes = secret?.data[entry] else {
            throw IssuanceError(
                .configuration, "\(field): Secret \(name) " + (secret == nil ? "does not exist" : "has no entry \(entry)"),
                cause: .externalAccountMissing, advice: NextStep.create(name, keys: [entry]))
        }
        do throws(MACKeyText.Fault) {
            return ACME.ExternalAccountBinding(keyID: binding.keyID, macKey: SecretBytes(try MACKeyText.key(bytes)))
        } catch {
            throw IssuanceError(
                .configuration, "\(field): entry \(entry) of Secret \(name) is not the base64url text of a MAC key: \(error.words)",
                cause: .externalAccountMissing,
                advice: "put the MAC key that the CA gave you into entry \(entry) of Secret \(name), as it was given")
        }
    }
}
