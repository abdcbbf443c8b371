internal import ACME
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import Store

/// The http-01 tokens that may be asked for right now: durable in the store, and in the table that the proxy answers from.
actor HTTP01Challenges {
    /// Token to key authorization. Called in order, with the whole table each time.
    typealias Sink = @Sendable ([String: String]) -> Void

    private struct Entry {
        let keyAuthorization: String
        /// The Secrets whose orders need the token: a CA may give two orders for one name the same pending authorization.
        var targets: Set<NamespacedName>
    }

    private let store: any Store
    private let namespace: String
    private let sink: Sink
    private let settled: @Sendable () async -> Void
    private let logger: Logger
    private var entries: [String: Entry] = [:]

    init(store: any Store, namespace: String, logger: Logger, settled: @escaping @Sendable () async -> Void, sink: @escaping Sink) {
        self.store = store
        self.namespace = namespace
        self.logger = logger
        self.settled = settled
        self.sink = sink
    }

    /// What the proxy answers, by token.
    var tokens: [String: String] { entries.mapValues(\.keyAuthorization) }

    /// Takes over what an earlier process left, so that a CA that is validating right now gets its answer.
    func restore(from objects: ObjectSet) {
        for secret in objects.secrets.values where secret.metadata.namespace == namespace {
            guard let found = HTTP01TokenSecret.entry(of: secret) else { continue }
            entries[found.token] = Entry(keyAuthorization: found.keyAuthorization, targets: Set(found.target.map { [$0] } ?? []))
        }
        if !entries.isEmpty { sink(tokens) }
    }

    /// Makes a token durable, then answers it. When this returns the CA may look.
    func present(_ challenge: PresentedChallenge, target: NamespacedName) async throws(StoreError) {
        try await store.put(HTTP01TokenSecret.secret(for: challenge, target: target, namespace: namespace), expecting: .any)
        let others = entries[challenge.token]?.targets ?? []
        entries[challenge.token] = Entry(keyAuthorization: challenge.keyAuthorization, targets: others.union([target]))
        sink(tokens)
        await settled()
    }

    /// Stops answering a token and forgets it, once no order needs it. A Secret that cannot be deleted is tried again with the
    /// next cleaning.
    func remove(token: String, target: NamespacedName?) async {
        if let target { entries[token]?.targets.remove(target) }
        guard entries[token]?.targets.isEmpty ?? true, await deleteSecret(of: token) else { return }
        // Another order may have come to need it meanwhile, and has written it again.
        guard let entry = entries[token], entry.targets.isEmpty else { return }
        entries[token] = nil
        sink(tokens)
    }

    /// Forgets every token of a Secret: its order is over, whatever run of whatever process presented them.
    func removeAll(of target: NamespacedName) async {
        for (token, entry) in entries where entry.targets.contains(target) { await remove(token: token, target: target) }
    }

    /// Forgets the tokens of Secrets that nobody works on.
    func retain(targets: Set<NamespacedName>) async {
        for (token, entry) in entries where entry.targets.isDisjoint(with: targets) {
            entries[token]?.targets = []
            await remove(token: token, target: nil)
        }
    }

    private func deleteSecret(of token: String) async -> Bool {
        do {
            try await store.deleteSecret(HTTP01TokenSecret.name(token: token, namespace: namespace), expecting: .any)
            return true
        } catch {
            logger.warning("an http-01 token could not be removed", metadata: ["error": "\(error)"])
            return false
        }
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
