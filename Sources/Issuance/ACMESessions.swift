internal import ACME
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
        fileprivate let fingerprint: String
    }

    private let store: any Store
    private let settings: IssuanceSettings
    private let time: any TimeSource
    private let transports: ACMETransportPool
    private let logger: Logger
    private var sessions: [NamespacedName: Session] = [:]
    private var failures: [NamespacedName: FailureRecord] = [:]

    init(
        store: any Store, settings: IssuanceSettings, time: any TimeSource, factory: any ACMETransportFactory, logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.time = time
        self.transports = ACMETransportPool(factory: factory)
        self.logger = logger
    }

    /// The session of an issuer as it is now; made anew when its spec has changed.
    func session(of issuer: NamespacedName, _ spec: ACMEIssuerSpec) async throws(IssuanceError) -> Session {
        let fingerprint = ACMEIssuerFingerprint.of(spec)
        if let known = sessions[issuer], known.fingerprint == fingerprint { return known }
        let made = try await open(issuer, spec, fingerprint)
        // Somebody else may have been faster while this one waited; all must use one account manager.
        if let known = sessions[issuer], known.fingerprint == fingerprint { return known }
        sessions[issuer] = made
        failures[issuer] = nil
        return made
    }

    /// Whether the account of an issuer may be asked for again after a failure; the error of the last time if not yet.
    ///
    /// A hundred certificates wait for one account: when it cannot be had, one of them tries again, not all.
    func checkAccount(of issuer: NamespacedName) throws(IssuanceError) {
        guard let failure = failures[issuer], failure.nextAttempt > time.now() else { return }
        throw IssuanceError(.certificateAuthority, failure.message, retryAfter: failure.nextAttempt)
    }

    /// Notes that the account could not be had.
    func accountFailed(of issuer: NamespacedName, _ error: IssuanceError) -> IssuanceError {
        // Those that waited for the same registration report the same failure; it counts once.
        if let known = failures[issuer], known.nextAttempt > time.now() {
            return IssuanceError(error.fault, error.message, retryAfter: known.nextAttempt)
        }
        var generator = SystemRandomNumberGenerator()
        let failure = FailureRecord.next(
            after: failures[issuer], message: error.message, fingerprint: "", retryAfter: error.retryAfter, now: time.now(),
            using: &generator)
        failures[issuer] = failure
        // The next try begins with what the objects say then, the key of an external account included.
        sessions[issuer] = nil
        return IssuanceError(error.fault, error.message, retryAfter: failure.nextAttempt)
    }

    /// Notes that the account is there.
    func accountSucceeded(of issuer: NamespacedName) { failures[issuer] = nil }

    /// Drops the sessions of issuers that are gone, and connections that nobody uses.
    func retain(_ issuers: [NamespacedName: ACMEIssuerSpec]) async {
        sessions = sessions.filter { issuers[$0.key] != nil }
        failures = failures.filter { issuers[$0.key] != nil }
        await transports.retain(Set(issuers.values.map { ACMETransportConfiguration($0) }))
    }

    /// Forgets the failures of an issuer, for a forced renewal.
    func forgive() { failures = [:] }

    private func open(_ issuer: NamespacedName, _ spec: ACMEIssuerSpec, _ fingerprint: String) async throws(IssuanceError) -> Session {
        let namespace = settings.resourceNamespace(of: issuer)
        let binding = try await externalAccount(spec, namespace: namespace)
        do {
            if spec.skipTLSVerify {
                logger.warning(
                    "the connection to the CA is not verified: skipTLSVerify is set",
                    metadata: ["issuer": "\(issuer)", "server": "\(spec.server)"])
            }
            let transport = try await transports.transport(for: ACMETransportConfiguration(spec))
            let client = try ACMEClient(directoryURL: spec.server, transport: transport, time: time)
            let accountStore = SecretAccountStore(
                store: store, name: NamespacedName(namespace: namespace, name: spec.privateKeySecretRef.name),
                entry: spec.privateKeySecretRef.key, logger: logger)
            let contact = spec.email.map { ["mailto:" + $0] } ?? []
            let accounts = AccountManager(
                client: client, store: accountStore,
                settings: AccountManager.Settings(
                    contact: contact, externalAccount: binding, generatesKey: !spec.disableAccountKeyGeneration))
            return Session(client: client, accounts: accounts, fingerprint: fingerprint)
        } catch let error as ACMEError {
            throw IssuanceError(error)
        } catch {
            throw IssuanceError(.configuration, "issuer \(issuer): \(error)")
        }
    }

    private func externalAccount(
        _ spec: ACMEIssuerSpec, namespace: String
    ) async throws(IssuanceError) -> ACME.ExternalAccountBinding? {
        guard let binding = spec.externalAccountBinding else { return nil }
        let name = NamespacedName(namespace: namespace, name: binding.keySecretRef.name)
        let secret: Secret?
        do { secret = try await store.secret(name) } catch { throw IssuanceError(.ours, "\(error)") }
        let entry = binding.keySecretRef.key
        guard let bytes = secret?.data[entry] else {
            throw IssuanceError(.configuration, "Secret \(name) has no entry \(entry) for the external account")
        }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace && $0 != "=" }
        // CAs hand the key out in base64url; some people store it in plain base64.
        let url = text.replacing("+", with: "-").replacing("/", with: "_")
        guard let key = Base64URL.decode(url), !key.isEmpty else {
            throw IssuanceError(.configuration, "Secret \(name): entry \(entry) is not the base64url text of a MAC key")
        }
        return ACME.ExternalAccountBinding(keyID: binding.keyID, macKey: SecretBytes(key))
    }
}
