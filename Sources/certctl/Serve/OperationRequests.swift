internal import Admin
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// Does what people ask for by an ``OperationSecret``, while this process leads: the same as at the admin port.
actor OperationRequests {
    private let store: any Store
    private let namespace: String
    private let time: any TimeSource
    private let logger: Logger
    private let acts: @Sendable () async -> Bool
    private let answer: AdminServer.Handler
    /// What this process calls itself on a request.
    private let worker: String
    private var known: [NamespacedName: OperationSecret] = [:]
    private var working: [NamespacedName: Task<Void, Never>] = [:]

    /// An answer may take as long as a CA does; more wait their turn.
    private static let atOnceMax = 4
    private static let period = Duration.seconds(1)

    /// - Parameters:
    ///   - namespace: where requests are taken from, and nowhere else.
    ///   - acts: whether this process leads and has taken over.
    ///   - answer: the handler of the admin API.
    init(
        store: any Store, namespace: String, time: any TimeSource, logger: Logger, acts: @escaping @Sendable () async -> Bool,
        answer: @escaping AdminServer.Handler
    ) throws(PKIError) {
        self.store = store
        self.namespace = namespace
        self.time = time
        self.logger = logger
        self.acts = acts
        self.answer = answer
        worker = Base64URL.encode(try randomBytes(12))
    }

    /// Takes in what changed.
    func handle(_ update: StoreUpdate) async {
        if update.changed.isEverything {
            known = [:]
            for secret in update.objects.secrets.values { note(secret, at: secret.metadata.id) }
        } else {
            for name in update.changed.secrets { note(update.objects.secrets[name], at: name) }
        }
        await work()
    }

    /// Also looks from time to time, since requests grow old and a process becomes the leader without any of them changing.
    func run() async {
        while (try? await time.sleep(for: OperationRequests.period)) != nil { await work() }
        for task in working.values { task.cancel() }
        while let task = working.values.first { await task.value }
    }

    private func note(_ secret: Secret?, at name: NamespacedName) {
        guard name.namespace == namespace else { return }
        known[name] = secret.flatMap { OperationSecret($0) }
    }

    private func work() async {
        guard !known.isEmpty, await acts() else { return }
        for (name, request) in known where working[name] == nil && working.count < OperationRequests.atOnceMax {
            let age = time.now().timeIntervalSince(request.secret.metadata.creationTimestamp ?? .distantPast)
            switch request.phase {
            case _ where age > OperationRequests.seconds(OperationSecret.retention): begin(name) { await $0.delete(request) }
            case .asked where age > OperationRequests.seconds(OperationSecret.lifetime): begin(name) { await $0.delete(request) }
            case .asked: begin(name) { await $0.perform(request) }
            case .begun(let other) where other != worker: begin(name) { await $0.giveUp(request) }
            case .begun, .answered: continue
            }
        }
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

    private func begin(_ name: NamespacedName, _ work: @escaping @Sendable (OperationRequests) async -> Void) {
        working[name] = Task {
            await work(self)
            working[name] = nil
        }
    }

    /// Under a name of its own first: another process that reads the same request then finds it taken.
    private func perform(_ asked: OperationSecret) async {
        guard let request = asked.request else {
            return await finish(asked, .failure(OperationFailure(.badRequest, "request", "it cannot be read")))
        }
        guard let begun = await put(asked.begun(by: worker), after: asked) else { return }
        logger.notice(
            "asked through the API server",
            metadata: ["secret": "\(asked.name)", "path": "\(request.path)"])
        let response = await answer(
            AdminRequest(
                method: request.isOperation ? .post : .get, path: request.path, query: request.query, body: Array(request.body.utf8)))
        await finish(begun, response)
    }

    /// Whoever had begun it has ended, or does not lead any more. It may have been done or not, so it is not done again.
    private func giveUp(_ request: OperationSecret) async {
        await finish(
            request,
            .failure(
                OperationFailure(
                    .notLeader, "operation",
                    "the process that had begun it ended or lost the lead before it could answer; look whether it "
                        + "was done (certctl account show, certctl status) before asking again")))
    }

    private func finish(_ request: OperationSecret, _ response: AdminResponse) async {
        _ = await put(request.answered(response, by: worker), after: request)
    }

    /// - Returns: what is stored now; nil when somebody else was faster, or it is gone.
    private func put(_ next: OperationSecret, after before: OperationSecret) async -> OperationSecret? {
        guard let version = before.secret.metadata.resourceVersion else { return nil }
        do throws(StoreError) {
            var stored = next.secret
            stored.metadata.resourceVersion = try await store.put(next.secret, expecting: .version(version))
            known[next.name] = OperationSecret(stored)
            return OperationSecret(stored)
        } catch {
            if error.code != .conflict {
                logger.warning("an operation could not be answered", metadata: ["secret": "\(next.name)", "error": "\(error)"])
            }
            return nil
        }
    }

    private func delete(_ request: OperationSecret) async {
        guard let version = request.secret.metadata.resourceVersion else { return }
        do throws(StoreError) { try await store.deleteSecret(request.name, expecting: .version(version)) } catch {
            if error.code == .conflict { known[request.name] = nil }
        }
    }
}
