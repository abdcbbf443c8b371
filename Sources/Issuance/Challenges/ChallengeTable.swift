internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// What the proxy of this process answers to http-01 challenges: the tokens that the store shows, whoever put them there, and the ones
/// that this process has stored and the store's updates may not show yet.
actor ChallengeTable {
    /// Token to key authorization. Called in order, with the whole table each time.
    typealias Sink = @Sendable ([String: String]) -> Void

    private let namespace: String
    private let sink: Sink
    private let settled: @Sendable () async -> Void
    private var shown: [String: String] = [:]
    private var presented: [String: String] = [:]
    private var published: [String: String] = [:]

    /// Makes an empty table.
    ///
    /// - Parameter settled: waits until what the sink got is answered.
    init(namespace: String, settled: @escaping @Sendable () async -> Void, sink: @escaping Sink) {
        self.namespace = namespace
        self.settled = settled
        self.sink = sink
    }

    /// Takes over what the store shows.
    func show(_ update: StoreUpdate) {
        guard update.changed.isEverything || update.changed.secrets.contains(where: isToken) else { return }
        shown = HTTP01TokenSecret.tokens(in: update.objects, namespace: namespace)
        publish()
    }

    /// Answers a token that was stored just now. When this returns, every loop of the proxy does.
    func present(_ token: String, _ keyAuthorization: String) async {
        presented[token] = keyAuthorization
        publish()
        await settled()
    }

    /// Stops answering a token that was deleted just now.
    func withdraw(_ token: String) {
        presented[token] = nil
        shown[token] = nil
        publish()
    }

    /// Goes by the store alone from now on: others store and delete tokens now.
    func follow() {
        presented = [:]
        publish()
    }

    private func isToken(_ secret: NamespacedName) -> Bool {
        secret.namespace == namespace && secret.name.hasPrefix(HTTP01TokenSecret.prefix)
    }

    private func publish() {
        let tokens = shown.merging(presented) { $1 }
        guard tokens != published else { return }
        published = tokens
        sink(tokens)
    }
}
