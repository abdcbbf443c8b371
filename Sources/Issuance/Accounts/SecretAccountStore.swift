internal import ACME
internal import Core
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// One ACME account in the Secret that the issuer's `privateKeySecretRef` names: cert-manager's place and form for the key, so that
/// an account survives a move in either direction. What we know beside the key stands in annotations.
///
/// A Secret that somebody else made (cert-manager, the user) is used and never written: its account is then looked up at the CA
/// once in each process, which finds the same account by the key.
///
/// A key is only made where there is no Secret at all. One that is there but lacks the key, or holds something else, is an error that a
/// person has to look at: with another key the CA sees another account, which loses its authorizations, its limits and its
/// dns-persist-01 records. Whoever wants that deletes the Secret.
struct SecretAccountStore: AccountStore {
    let store: any Store
    let name: NamespacedName
    /// The entry that holds the key.
    let entry: String
    let logger: Logger

    private static let contactAnnotation = "certctl.dev/acme-contact"
    private static let deactivatedAnnotation = "certctl.dev/acme-deactivated"

    /// The entry that holds the key to come while the key is being replaced.
    private var nextEntry: String { entry + ".next" }

    func load() async throws -> AccountRecord? {
        guard let secret = try await store.secret(name) else { return nil }
        let key = try key(in: secret)
        guard SecretRole(of: secret) == .account else { return AccountRecord(privateKeyPEM: SecretBytes(key)) }
        let annotations = secret.metadata.annotations
        var record = AccountRecord(
            privateKeyPEM: SecretBytes(key), nextPrivateKeyPEM: secret.data[nextEntry].map { SecretBytes($0) },
            directoryURL: annotations[ObjectKeys.directoryAnnotation],
            accountURL: annotations[ObjectKeys.accountURLAnnotation],
            contact: annotations[Self.contactAnnotation].map { $0.split(separator: ",").map(String.init) } ?? [])
        record.isDeactivated = annotations[Self.deactivatedAnnotation] == "true"
        return record
    }

    /// The key's bytes.
    ///
    /// - Throws: when they are no private key, whatever else they are.
    private func key(in secret: Secret) throws(IssuanceError) -> [UInt8] {
        let words: String
        switch secret.data[entry] {
        case nil: words = "has no entry \(entry)"
        case []?: words = "has an empty entry \(entry)"
        case let key?:
            do throws(PKIError) {
                _ = try PrivateKey(pem: key.span)
                return key
            } catch {
                words = "holds in \(entry) what is no private key: \(error)"
            }
        }
        throw IssuanceError(
            .configuration,
            "Secret \(name) \(words); no other account key is made while the Secret exists: repair it, or delete it to begin"
                + " with a new account", cause: .accountKeyUnusable,
            advice: "repair entry \(entry) of Secret \(name), or delete the Secret to begin with a new account")
    }

    func create(_ record: AccountRecord) async throws -> AccountRecord {
        let metadata = ObjectMeta(id: name, labels: SecretRole.account.labels, annotations: annotations(of: record))
        do {
            try await store.put(Secret(metadata: metadata, data: [entry: record.privateKeyPEM.copy()]), expecting: .absent)
            logger.info(
                "made an ACME account key", metadata: ["secret": "\(name)", "algorithm": "\(CertificateOptions.keyAlgorithmDefault)"])
            return record
        } catch {
            guard case .conflict = error.code, let first = try await load() else { throw error }
            return first
        }
    }

    func update(_ record: AccountRecord) async throws {
        guard var secret = try await store.secret(name), SecretRole(of: secret) == .account else { return }
        secret.metadata.annotations.merge(annotations(of: record)) { $1 }
        let condition = secret.metadata.resourceVersion.map { WriteCondition.version($0) } ?? .any
        try await store.put(secret, expecting: condition)
    }

    func replaceKeys(_ record: AccountRecord, of oldKeyPEM: SecretBytes) async throws {
        guard var secret = try await store.secret(name), SecretRole(of: secret) == .account else {
            throw StoreError(
                .foreignObject, subject: "Secret \(name)", reason: "the account key in it was not made by certctl and is not replaced")
        }
        guard secret.data[entry] == oldKeyPEM.copy(), let version = secret.metadata.resourceVersion else {
            throw StoreError(.conflict, subject: "Secret \(name)", reason: "the account key in it is another one by now")
        }
        secret.data[entry] = record.privateKeyPEM.copy()
        secret.data[nextEntry] = record.nextPrivateKeyPEM?.copy()
        try await store.put(secret, expecting: .version(version))
    }

    private func annotations(of record: AccountRecord) -> [String: String] {
        var annotations = [Self.contactAnnotation: record.contact.joined(separator: ",")]
        if record.isDeactivated { annotations[Self.deactivatedAnnotation] = "true" }
        annotations[ObjectKeys.directoryAnnotation] = record.directoryURL
        annotations[ObjectKeys.accountURLAnnotation] = record.accountURL
        return annotations
    }
}
