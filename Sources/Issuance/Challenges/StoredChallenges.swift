internal import ACME
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import Store

/// The http-01 and tls-alpn-01 challenges of the orders that this process works on as the leader: durable in the store before anything
/// is told to the CA, so that every replica can answer. One for each time in office.
actor StoredChallenges {
    private struct Entry {
        /// Of the Secret as it was last read or written.
        var version: String?
        var keyAuthorization: String
        /// The Secrets whose orders need it: a CA may give two orders for one name the same pending authorization.
        var targets: Set<NamespacedName>
    }

    private let store: any Store
    private let namespace: String
    private let table: ChallengeTable
    private let logger: Logger
    private var entries: [ChallengeKey: Entry] = [:]

    init(store: any Store, namespace: String, table: ChallengeTable, logger: Logger) {
        self.store = store
        self.namespace = namespace
        self.table = table
        self.logger = logger
    }

    /// Takes over what an earlier leader left, and forgets the challenges whose orders are over.
    func restore(from objects: ObjectSet) async {
        let working = Set(IssuanceRecord.all(in: objects).values.filter { $0.order != nil }.map(\.target))
        await adopt(objects.secrets.values.map(\.self), working: working)
    }

    /// The same for what an update shows only now, since updates may lag behind the leader before us.
    ///
    /// - Parameter working: the Secrets that are worked on, or have an order.
    func adopt(from update: StoreUpdate, working: Set<NamespacedName>) async {
        let names = update.changed.secrets.filter { ChallengeSecret.isName($0, namespace: namespace) }
        await adopt(names.compactMap { update.objects.secrets[$0] }, working: working)
    }

    private func adopt(_ secrets: [Secret], working: Set<NamespacedName>) async {
        var orphans: [ChallengeKey: Set<NamespacedName>] = [:]
        for secret in secrets where secret.metadata.namespace == namespace {
            guard let found = ChallengeSecret(secret), entries[found.key] == nil else { continue }
            let targets = Set(found.target.map { [$0] } ?? [])
            entries[found.key] = Entry(
                version: secret.metadata.resourceVersion, keyAuthorization: found.keyAuthorization, targets: targets)
            if targets.isDisjoint(with: working) { orphans[found.key] = targets }
        }
        for (key, targets) in orphans {
            // Somebody may have come to need it while we asked.
            guard await isOrphaned(targets), entries[key]?.targets == targets else { continue }
            entries[key]?.targets = []
            await remove(key, target: nil)
        }
    }

    /// Makes a challenge durable, then answers it. When this returns the CA may look: replicas that watch have it, or look it up.
    ///
    /// - Throws: ``StoreError``, or ``ChallengeConflict`` when the host is being proved for somebody else.
    func present(_ challenge: PresentedChallenge, _ key: ChallengeKey, target: NamespacedName) async throws {
        if let entry = entries[key], entry.keyAuthorization != challenge.keyAuthorization {
            // A handshake names the host and nothing else, so there is one answer for each.
            let others = entry.targets.subtracting([target])
            if let other = others.min() { throw ChallengeConflict(host: challenge.identifier.value, other: other) }
        }
        // Noted before: from now on nobody deletes it for want of use.
        entries[key, default: Entry(version: nil, keyAuthorization: "", targets: [])].targets.insert(target)
        entries[key]?.keyAuthorization = challenge.keyAuthorization
        let version = try await write(
            ChallengeSecret.secret(for: challenge, key, target: target, namespace: namespace), known: entries[key]?.version)
        entries[key]?.version = version
        await table.present(key, challenge.keyAuthorization)
    }

    /// Stops answering a challenge and forgets it, once no order needs it. A Secret that cannot be deleted is tried again with the
    /// next cleaning.
    func remove(_ key: ChallengeKey, target: NamespacedName?) async {
        if let target { entries[key]?.targets.remove(target) }
        guard entries[key]?.targets.isEmpty ?? true, await deleteSecret(of: key) else { return }
        // Another order may have come to need it meanwhile, and has written it again.
        guard entries[key]?.targets.isEmpty ?? true else { return }
        entries[key] = nil
        await table.withdraw(key)
    }

    /// Forgets every challenge of a Secret: its order is over, whatever run of whatever process presented them.
    func removeAll(of target: NamespacedName) async {
        for (key, entry) in entries where entry.targets.contains(target) { await remove(key, target: target) }
    }

    /// Whether none of the Secrets has an order. Asked of the store itself: the updates may lag behind the leader before us, whose
    /// orders may be looked at by the CA right now.
    private func isOrphaned(_ targets: Set<NamespacedName>) async -> Bool {
        for target in targets {
            do throws(StoreError) {
                let stored = try await store.secret(IssuanceRecord.secretName(for: target))
                if stored.flatMap({ IssuanceRecord($0) })?.order != nil { return false }
            } catch {
                // What cannot be read may be there.
                return false
            }
        }
        return true
    }

    /// Writes a challenge's Secret in the place of none, or of the one that is known or found there.
    private func write(_ secret: Secret, known: String?) async throws(StoreError) -> String {
        let name = secret.metadata.id
        var condition = known.map { WriteCondition.version($0) } ?? .absent
        for _ in 0..<IssuanceLimits.writeConflictsMax {
            do throws(StoreError) { return try await store.put(secret, expecting: condition) } catch {
                guard case .conflict = error.code else { throw error }
            }
            let stored = try await store.secret(name)
            if let stored, let version = stored.metadata.resourceVersion, ChallengeSecret.isSame(stored, secret) { return version }
            condition = stored.map { $0.metadata.resourceVersion.map { .version($0) } ?? .any } ?? .absent
        }
        throw StoreError(
            .conflict, subject: "Secret \(name)", reason: "it changed \(IssuanceLimits.writeConflictsMax) times while it was written")
    }

    private func deleteSecret(of key: ChallengeKey) async -> Bool {
        do throws(StoreError) {
            try await delete(ChallengeSecret.name(key, namespace: namespace), known: entries[key]?.version)
            return true
        } catch {
            logger.warning("a challenge could not be removed", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Deletes the version that is known or was just read, so that nothing goes that another leader wrote after that.
    private func delete(_ name: NamespacedName, known: String?) async throws(StoreError) {
        var version = known
        for _ in 0..<IssuanceLimits.writeConflictsMax {
            if version == nil {
                guard let stored = try await store.secret(name) else { return }
                version = stored.metadata.resourceVersion
            }
            do throws(StoreError) {
                return try await store.deleteSecret(name, expecting: version.map { .version($0) } ?? .any)
            } catch {
                guard case .conflict = error.code else { throw error }
                version = nil
            }
        }
        throw StoreError(
            .conflict, subject: "Secret \(name)", reason: "it changed \(IssuanceLimits.writeConflictsMax) times while it was deleted")
    }
}

/// A host whose tls-alpn-01 challenge is needed by two orders at once.
struct ChallengeConflict: Error, CustomStringConvertible {
    let host: String
    let other: NamespacedName

    var description: String { "\(host) is being proved by tls-alpn-01 for Secret \(other) right now, and a handshake has one answer" }
}
