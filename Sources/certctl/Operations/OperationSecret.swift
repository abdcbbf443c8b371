internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import PKI

/// A request to the admin API as a Secret in certctl's own namespace: how a command line reaches the leader through the API server alone.
///
/// Who may write Secrets there may replace account keys anyway, so a request needs no other proof. It is begun once: the leader puts its
/// name on it before it begins, and its answer when it is done. Whoever asked deletes it; the leader does if nobody else has.
struct OperationSecret {
    /// What is asked.
    struct Request: Codable, Hashable {
        /// Whether it may change something: a POST.
        var isOperation: Bool
        var path: String
        var query: String
        /// JSON.
        var body: String
    }

    /// What was answered.
    struct Answer: Hashable {
        /// As HTTP would have it.
        var status: Int
        var body: [UInt8]
    }

    /// Where it stands.
    enum Phase: Hashable {
        /// Nobody has begun.
        case asked
        /// A process has, and nothing more is known.
        case begun(by: String)
        case answered(Answer)
    }

    private(set) var secret: Secret

    /// A new request.
    init(_ request: Request, namespace: String) throws {
        let name = NamespacedName(
            namespace: namespace,
            name: OperationSecret.prefix + Base64URL.encode(try randomBytes(10)).filter { $0.isLetter || $0.isNumber }.lowercased())
        secret = Secret(
            metadata: ObjectMeta(id: name, labels: SecretRole.operation.labels),
            data: [OperationSecret.requestEntry: Array(try AdminJSON.encoder().encode(request))])
    }

    /// One that is stored; nil for any other Secret.
    init?(_ secret: Secret) {
        guard SecretRole(of: secret) == .operation else { return nil }
        self.secret = secret
    }

    var name: NamespacedName { secret.metadata.id }

    /// Nil when it cannot be read.
    var request: Request? {
        guard let bytes = secret.data[OperationSecret.requestEntry], bytes.count <= OperationSecret.requestBytesMax else { return nil }
        return try? JSONDecoder().decode(Request.self, from: Data(bytes))
    }

    var phase: Phase {
        guard let worker = secret.metadata.annotations[OperationSecret.workerAnnotation] else { return .asked }
        guard let body = secret.data[OperationSecret.answerEntry],
            let status = secret.metadata.annotations[OperationSecret.statusAnnotation].flatMap({ Int($0) })
        else { return .begun(by: worker) }
        return .answered(Answer(status: status, body: body))
    }

    /// The same with the name of who works on it.
    func begun(by worker: String) -> OperationSecret {
        var next = self
        next.secret.metadata.annotations[OperationSecret.workerAnnotation] = worker
        return next
    }

    /// The same with its answer.
    func answered(_ response: AdminResponse, by worker: String) -> OperationSecret {
        guard response.body.count <= OperationSecret.answerBytesMax else {
            let failure = OperationFailure(
                .refused, "answer", "it does not fit into a Secret; ask the admin port with --server", got: "\(response.body.count) bytes",
                allowed: "\(OperationSecret.answerBytesMax) bytes")
            return answered(.failure(failure), by: worker)
        }
        var next = begun(by: worker)
        next.secret.metadata.annotations[OperationSecret.statusAnnotation] = String(response.status)
        next.secret.data[OperationSecret.answerEntry] = response.body
        return next
    }

    /// One that was not begun by then is not begun any more: whoever asked has given up, and does not expect it.
    static let lifetime = Duration.seconds(60)
    /// After this long it is deleted, in whatever phase it is.
    static let retention = Duration.seconds(600)

    private static let prefix = "certctl-operation-"
    private static let requestEntry = "request.json"
    private static let answerEntry = "answer.json"
    private static let workerAnnotation = "certctl.dev/operation-worker"
    private static let statusAnnotation = "certctl.dev/operation-status"
    /// As the admin API takes over HTTP.
    private static let requestBytesMax = 64 * 1024
    /// A Secret holds 1 MiB.
    private static let answerBytesMax = 900 * 1024
}
