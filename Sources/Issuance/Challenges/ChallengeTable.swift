internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// What the proxy of this process answers to challenges: those that the store shows, whoever put them there, and the ones that this
/// process has stored and the store's updates may not show yet.
actor ChallengeTable {
    /// Called in order, with the whole table each time.
    typealias Sink = @Sendable (ChallengeAnswers) -> Void

    private let namespace: String
    private let sink: Sink
    private let settled: @Sendable () async -> Void
    private var shown = ChallengeAnswers()
    private var presented = ChallengeAnswers()
    private var published = ChallengeAnswers()

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
        guard
            update.changed.isEverything
                || update.changed.secrets.contains(where: { ChallengeSecret.isName($0, namespace: namespace) })
        else { return }
        shown = ChallengeSecret.all(in: update.objects, namespace: namespace)
        publish()
    }

    /// Answers a challenge that was stored just now. When this returns, every loop of the proxy does.
    func present(_ key: ChallengeKey, _ keyAuthorization: String) async {
        presented[key] = keyAuthorization
        publish()
        await settled()
    }

    /// Stops answering a challenge that was deleted just now.
    func withdraw(_ key: ChallengeKey) {
        presented[key] = nil
        shown[key] = nil
        publish()
    }

    /// Goes by the store alone from now on: others store and delete challenges now.
    func follow() {
        presented = ChallengeAnswers()
        publish()
    }

    private func publish() {
        let answers = shown.merging(presented)
        guard answers != published else { return }
        published = answers
        sink(answers)
    }
}
