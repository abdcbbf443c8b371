internal import ACME
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import Store

/// The http-01 tokens of the orders that this process works on as the leader: durable in the store before anything is told to the CA, so
/// that every replica can answer. One for each time in office.
actor HTTP01Challenges {
    private struct Entry {
        /// Of the Secret as it was last read or written.
        var version: String?
        /// The Secrets whose orders need the token: a CA may give two orders for one name the same pending authorization.
        var targets: Set<NamespacedName>
    }

    private let store: any Store
    private let namespace: String
    private let table: ChallengeTable
    private let logger: Logger
    private var entries: [String: Entry] = [:]

    init(store: any Store, namespace: String, table: ChallengeTable, logger: Logger) {
        self.store = store
        self.namespace = namespace
        self.table = table
        self.logger = logger
    }

    /// Takes over what an earlier leader left, and forgets the tokens whose orders are over.
    func restore(from objects: ObjectSet) async {
        let working = Set(IssuanceRecord.all(in: objects).values.filter { $0.order != nil }.map(\.target))
        await adopt(objects.secrets.values.map(\.self), working: working)
    }

    /// The same for what an update shows only now, since updates may lag behind the leader before us.
    ///
    /// - Parameter working: the Secrets that are worked on, or have an order.
    func adopt(from update: StoreUpdate, working: Set<NamespacedName>) async {
        let names = update.changed.secrets.filter { $0.namespace == namespace && $0.name.hasPrefix(HTTP01TokenSecret.prefix) }
        await adopt(names.compactMap { update.objects.secrets[$0] }, working: working)
    }

    private func adopt(_ secrets: [Secret], working: Set<NamespacedName>) async {
        var orphans: [String: Set<NamespacedName>] = [:]
        for secret in secrets where secret.metadata.namespace == namespace {
            guard let found = HTTP01TokenSecret.entry(of: secret), entries[found.token] == nil else { continue }
            let targets = Set(found.target.map { [$0] } ?? [])
            entries[found.token] = Entry(version: secret.metadata.resourceVersion, targets: targets)
            if targets.isDisjoint(with: working) { orphans[found.token] = targets }
        }
        for (token, targets) in orphans {
            // Somebody may have come to need it while we asked.
            guard await isOrphaned(targets), entries[token]?.targets == targets else { continue }
            entries[token]?.targets = []
            await remove(token: token, target: nil)
        }
    }

    /// Makes a token durable, then answers it. When this returns the CA may look: replicas that watch have it, or look it up.
    func present(_ challenge: PresentedChallenge, target: NamespacedName) async throws(StoreError) {
        // Noted before: from now on nobody deletes it for want of use.
        entries[challenge.token, default: Entry(version: nil, targets: [])].targets.insert(target)
        let version = try await write(
            HTTP01TokenSecret.secret(for: challenge, target: target, namespace: namespace), known: entries[challenge.token]?.version)
        entries[challenge.token]?.version = version
        await table.present(challenge.token, challenge.keyAuthorization)
    }

    /// Stops answering a token and forgets it, once no order needs it. A Secret that cannot be deleted is tried again with the
    /// next cleaning.
    func remove(token: String, target: NamespacedName?) async {
        if let target { entries[token]?.targets.remove(target) }
        guard entries[token]?.targets.isEmpty ?? true, await deleteSecret(of: token) else { return }
        // Another order may have come to need it meanwhile, and has written it again.
        guard entries[token]?.targets.isEmpty ?? true else { return }
        entries[token] = nil
        await table.withdraw(token)
    }

    /// Forgets every token of a Secret: its order is over, whatever run of whatever process presented them.
    func removeAll(of target: NamespacedName) async {
        for (token, entry) in entries where entry.targets.contains(target) { await remove(token: token, target: target) }
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

    /// Writes a token's Secret in the place of none, or of the one that is known or found there.
    private func write(_ secret: Secret, known: String?) async throws(StoreError) -> String {
        let name = secret.metadata.id
        var condition = known.map { WriteCondition.version($0) } ?? .absent
        for _ in 0..<IssuanceLimits.writeConflictsMax {
            do throws(StoreError) { return try await store.put(secret, expecting: condition) } catch {
                guard case .conflict = error.code else { throw error }
            }
            let stored = try await store.secret(name)
            if let stored, let version = stored.metadata.resourceVersion, HTTP01TokenSecret.isSame(stored, secret) { return version }
            condition = stored.map { $0.metadata.resourceVersion.map { .version($0) } ?? .any } ?? .absent
        }
        throw StoreError(
            .conflict, subject: "Secret \(name)", reason: "it changed \(IssuanceLimits.writeConflictsMax) times while it was written")
    }

    private func deleteSecret(of token: String) async -> Bool {
        do throws(StoreError) {
            try await delete(HTTP01TokenSecret.name(token: token, namespace: namespace), known: entries[token]?.version)
            return true
        } catch {
            logger.warning("an http-01 token could not be removed", metadata: ["error": "\(error)"])
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

/// The side that an order of one Secret sees.
struct HTTP01Responder: ChallengeResponder {
    let challenges: HTTP01Challenges
    let target: NamespacedName

    func present(_ challenge: PresentedChallenge) async throws {
        try await challenges.present(challenge, target: target)
    }

    func remove(_ challenge: PresentedChallenge) async {
        await challenges.remove(token: challenge.token, target: target)
    }
}
