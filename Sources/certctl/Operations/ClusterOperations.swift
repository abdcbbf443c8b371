internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Manifests
internal import Store

/// Whoever leads in a cluster, asked through the API server alone: each request is an ``OperationSecret``.
///
/// Neither a port that can be reached nor a token is needed, and no process but the leader ever acts: what this one may do is write, read
/// and delete Secrets in certctl's namespace.
struct ClusterOperations: RemoteOperations {
    private let client: APIClient
    private let namespace: String

    /// Each look is a request of its own.
    let lookPeriod = Duration.seconds(2)

    init(_ configuration: ClusterConfiguration, namespace: String) {
        client = APIClient(configuration, logger: ProcessLog.commandLogger(.kubernetes))
        self.namespace = namespace
    }

    func close() async { await client.shutdown() }

    func ask(_ request: AdminRequest) async throws -> [UInt8] {
        let asked = try OperationSecret(
            OperationSecret.Request(
                isOperation: request.method == .post, path: request.path, query: request.query,
                body: String(decoding: request.body, as: UTF8.self)), namespace: namespace)
        _ = try await client.send(
            .create(.secrets, namespace: namespace, name: asked.name.name, body: ManifestWriter.json(asked.secret.value())))
        do {
            let answer = try await wait(for: asked.name)
            await delete(asked.name)
            return try RemoteAnswer.body(answer.status, answer.body, of: "the leader")
        } catch {
            await delete(asked.name)
            throw error
        }
    }

    private func wait(for name: NamespacedName) async throws -> OperationSecret.Answer {
        let start = ContinuousClock.now
        while true {
            try await Task.sleep(for: ContinuousClock.now - start < .seconds(5) ? .milliseconds(200) : .seconds(1))
            let response = try await client.send(.get(.secrets, namespace: namespace, name: name.name))
            guard let document = ManifestReader.documents(in: response.body, file: "Secret \(name)").first,
                let secret = OperationSecret(try Secret(from: try document.get()))
            else { throw CommandFailure("Secret \(name), by which this was asked, was changed by somebody else") }
            let waited = ContinuousClock.now - start
            switch secret.phase {
            case .answered(let answer): return answer
            case .asked where waited > ClusterOperations.beginTime: throw CommandFailure(await silence())
            case .begun where waited > ClusterOperations.answerTime:
                throw CommandFailure("the leader began and has not answered for \(waited.components.seconds) s; its log says why")
            case .asked, .begun: continue
            }
        }
    }

    /// Why nobody may have begun.
    private func silence() async -> String {
        var text = "nobody took the request in namespace \(namespace) within \(ClusterOperations.beginTime.components.seconds) s: does a "
        text += "certctl lead that has --cluster-resource-namespace \(namespace)?"
        guard let response = try? await client.send(.get(.leases, namespace: namespace, name: "certctl")),
            let root = ManifestReader.object(json: response.body),
            let holder = try? root.mapping("spec")?.string("holderIdentity"), !holder.isEmpty
        else { return text + " Its Lease (certctl in that namespace) has no holder" }
        return text + " Its Lease is held by \(holder)"
    }

    private func delete(_ name: NamespacedName) async {
        // What is left, the leader deletes.
        _ = try? await client.send(.delete(.secrets, namespace: namespace, name: name.name))
    }

    /// A new leader takes over within some 20 s.
    private static let beginTime = Duration.seconds(40)
    /// The leader asks the CA before it answers, and a CA may be slow.
    private static let answerTime = Duration.seconds(180)
}
