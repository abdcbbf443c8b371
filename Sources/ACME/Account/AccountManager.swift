internal import Core
public import PKI

/// One account at one CA: made once, found again after every restart.
///
/// The key is durable before the CA hears of it, and the CA answers the same account for the same key, so no crash makes a second
/// account. Callers at the same time wait for one registration.
public actor AccountManager {
    /// How the account is to be.
    public struct Settings: Sendable {
        /// URLs such as `mailto:ops@example.com`; may be empty.
        public var contact: [String]
        /// That the operator agrees to the CA's terms. RFC 8555 §7.3.
        public var termsOfServiceAgreed: Bool
        /// The binding, for CAs that want one.
        public var externalAccount: ExternalAccountBinding?
        /// The kind of a new account key.
        public var keyAlgorithm: KeyAlgorithm
        /// Whether a missing key is made; if not, somebody has to bring it (`disableAccountKeyGeneration`).
        public var generatesKey: Bool

        /// Settings from their parts.
        public init(
            contact: [String] = [], termsOfServiceAgreed: Bool = true, externalAccount: ExternalAccountBinding? = nil,
            keyAlgorithm: KeyAlgorithm = .ecdsaP256, generatesKey: Bool = true
        ) {
            self.contact = contact
            self.termsOfServiceAgreed = termsOfServiceAgreed
            self.externalAccount = externalAccount
            self.keyAlgorithm = keyAlgorithm
            self.generatesKey = generatesKey
        }
    }

    let client: ACMEClient
    let store: any AccountStore
    private let settings: Settings
    private var known: ACMEAccount?
    private var isBusy = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    /// A manager of the account that this store keeps.
    public init(client: ACMEClient, store: any AccountStore, settings: Settings) {
        self.client = client
        self.store = store
        self.settings = settings
    }

    /// The account; registers it if that was never done, and tells the CA new contacts.
    public func account() async throws(ACMEError) -> ACMEAccount {
        await enter()
        defer { leave() }
        if let known { return known }
        let account = try await find(ignoring: nil)
        known = account
        return account
    }

    /// Replaces the account key. RFC 8555 §7.3.5.
    ///
    /// The new key is durable before the CA hears of it. When it is unclear whether the CA took it, both keys stay stored, and the next
    /// ``account()`` finds out, in this process or a later one. A rollover that never reached the CA is gone on with, by the same new key.
    /// - Parameter algorithm: the kind of the new key; nil for the kind of the settings.
    /// - Returns: the account with its new key.
    public func rollover(to algorithm: KeyAlgorithm? = nil) async throws(ACMEError) -> ACMEAccount {
        await enter()
        defer { leave() }
        let account = try await find(ignoring: nil)
        known = account
        let renewed = try await replaceKey(of: account, algorithm ?? settings.keyAlgorithm)
        known = renewed
        return renewed
    }

    /// Ends the account for good. RFC 8555 §7.3.6. From then on ``account()`` fails until the stored key is taken away.
    public func deactivate() async throws(ACMEError) {
        await enter()
        defer { leave() }
        let account = try await find(ignoring: nil)
        _ = try await client.deactivate(account)
        known = nil
        guard var record = try await load() else { return }
        record.isDeactivated = true
        do { try await store.update(record) } catch { throw storage("that the account is deactivated cannot be written", error) }
    }

    /// The account as the CA has it, for people.
    public func show() async throws(ACMEError) -> (account: ACMEAccount, object: AccountObject) {
        let account = try await account()
        return (account, try await client.accountObject(of: account))
    }

    /// Runs work with the account. When the CA no longer knows it, registers the same key anew and runs the work once more.
    ///
    /// So the work may run twice: what it starts from, such as an order's record, it has to read itself, each time.
    public func withAccount<R: Sendable>(
        _ work: @Sendable (ACMEAccount) async throws(ACMEError) -> R
    ) async throws(ACMEError) -> R {
        let account = try await account()
        do {
            return try await work(account)
        } catch {
            // The key was replaced while the work was under way.
            if let known, error.status == 400 || error.status == 401 || error.status == 403, known.url == account.url,
                known.key.publicKeyDER != account.key.publicKeyDER
            {
                return try await work(known)
            }
            guard error.code == .accountDoesNotExist else { throw error }
            return try await work(try await replacement(for: account))
        }
    }

    /// The account after the CA said that it does not know this one: registered again, with the same key.
    private func replacement(for vanished: ACMEAccount) async throws(ACMEError) -> ACMEAccount {
        await enter()
        defer { leave() }
        // Somebody else was told the same and has registered already.
        if let known, known.url != vanished.url { return known }
        known = nil
        let account = try await find(ignoring: vanished.url)
        known = account
        return account
    }

    private func find(ignoring vanished: String?) async throws(ACMEError) -> ACMEAccount {
        var record = try await loadOrCreate()
        guard !record.isDeactivated else {
            throw ACMEError(
                .accountDeactivated, fault: .configuration, subject: subject,
                reason: "the account was deactivated; take its stored key away to have a new one made")
        }
        if record.nextPrivateKeyPEM != nil { record = try await resolved(record) }
        let key = try read(record.privateKeyPEM)
        if record.directoryURL == client.directoryURL, let url = record.accountURL, url != vanished {
            let account = ACMEAccount(url: url, key: key)
            if try await hasContacts(account, record) {
                try await keep(account, &record)
                return account
            }
        }
        let account = try await register(key)
        try await keep(account, &record)
        return account
    }

    func load() async throws(ACMEError) -> AccountRecord? {
        do { return try await store.load() } catch { throw storage("the account cannot be read", error) }
    }

    func read(_ pem: SecretBytes) throws(ACMEError) -> PrivateKey {
        do { return try PrivateKey(pem: pem) } catch {
            throw ACMEError(
                .invalidRequest, fault: .configuration, subject: subject, reason: "the stored account key is unusable: \(error)")
        }
    }

    private func loadOrCreate() async throws(ACMEError) -> AccountRecord {
        if let record = try await load() { return record }
        guard settings.generatesKey else {
            throw ACMEError(
                .accountKeyMissing, fault: .configuration, subject: subject,
                reason: "the account key is missing and the issuer forbids making one")
        }
        let made = AccountRecord(privateKeyPEM: try makeKey(settings.keyAlgorithm).pem())
        do { return try await store.create(made) } catch { throw storage("the account key cannot be written", error) }
    }

    private func register(_ key: PrivateKey) async throws(ACMEError) -> ACMEAccount {
        let answer = try await client.newAccount(
            key: key, contact: settings.contact, termsOfServiceAgreed: settings.termsOfServiceAgreed,
            externalAccount: settings.externalAccount)
        guard answer.object.status == "valid" else {
            throw ACMEError(
                .refused, fault: .configuration, subject: "account \(answer.account.url)",
                reason: "the account is \(answer.object.status)")
        }
        // An account that was there keeps its old contacts (RFC 8555 §7.3.1). A CA that shows none keeps none.
        if !answer.isNew, let contact = answer.object.contact, Set(contact) != Set(settings.contact) {
            _ = try await client.updateContact(settings.contact, of: answer.account)
        }
        return answer.account
    }

    /// Tells the CA the contacts that it should have.
    ///
    /// - Returns: false when the CA no longer knows the account.
    private func hasContacts(_ account: ACMEAccount, _ record: AccountRecord) async throws(ACMEError) -> Bool {
        guard record.contact != settings.contact else { return true }
        do {
            _ = try await client.updateContact(settings.contact, of: account)
            return true
        } catch {
            guard error.code == .accountDoesNotExist else { throw error }
            return false
        }
    }

    private func keep(_ account: ACMEAccount, _ record: inout AccountRecord) async throws(ACMEError) {
        guard record.directoryURL != client.directoryURL || record.accountURL != account.url || record.contact != settings.contact else {
            return
        }
        record.directoryURL = client.directoryURL
        record.accountURL = account.url
        record.contact = settings.contact
        do { try await store.update(record) } catch { throw storage("the account URL cannot be written", error) }
    }

    var subject: String { "account at \(client.directoryURL)" }

    func storage(_ reason: String, _ error: any Error) -> ACMEError {
        if error is CancellationError { return .cancelled(subject) }
        return ACMEError(.storage, fault: .ours, subject: subject, reason: "\(reason): \(error)")
    }

    /// One registration at a time: the actor alone would let a second one in at every `await`.
    private func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { queue.append($0) }
    }

    private func leave() {
        guard !queue.isEmpty else {
            isBusy = false
            return
        }
        queue.removeFirst().resume()
    }
}
