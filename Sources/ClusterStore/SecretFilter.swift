internal import Core
internal import KubernetesAPI
internal import Manifests
internal import Synchronization

/// Decides while reading which Secrets are kept, and how much of each. Shared by the reading tasks.
final class SecretFilter: Sendable {
    private let role: ClusterStoreSettings.Role
    private let needs: Mutex<[NamespacedName: SecretReferences.Need]> = Mutex([:])

    init(role: ClusterStoreSettings.Role) { self.role = role }

    /// Notes what is needed from now on of these Secrets.
    func update(_ names: Set<NamespacedName>, from references: SecretReferences) {
        needs.withLock { needs in
            for name in names { needs[name] = references.need(of: name) }
        }
    }

    /// Reads a Secret; nil when it is not wanted. Data that is not needed is not kept.
    func decode(_ root: Node) throws(ManifestError) -> Secret? {
        let metadata = try root.requiredMapping("metadata")
        let labels = try metadata.stringMap("labels")
        let name = NamespacedName(namespace: try metadata.string("namespace") ?? "", name: try metadata.string("name") ?? "")
        guard let need = need(of: name, labels: labels) else { return nil }
        return Self.cut(try Secret(from: root), to: need)
    }

    /// Whether a Secret is kept.
    func wants(_ secret: Secret) -> Bool { need(of: secret.metadata.id, labels: secret.metadata.labels) != nil }

    /// What is kept of a Secret that was written or read by itself; nil for nothing.
    func keep(_ secret: Secret) -> Secret? {
        need(of: secret.metadata.id, labels: secret.metadata.labels).map { Self.cut(secret, to: $0) }
    }

    private func need(of name: NamespacedName, labels: [String: String]) -> SecretReferences.Need? {
        let isOwn = role == .proxy ? SecretRole(labels: labels)?.isChallenge == true : OwnLabels.isOurs(labels)
        if isOwn { return .everything }
        return needs.withLock { $0[name] }
    }

    private static let certificateEntries: Set<String> = [Secret.certificateKey, Secret.privateKeyKey, "ca.crt"]

    private static func cut(_ secret: Secret, to need: SecretReferences.Need) -> Secret {
        var secret = secret
        secret.metadata.annotations = ObjectPruning.annotations(secret.metadata.annotations)
        secret.metadata.generation = 0
        if need == .certificate, !secret.data.keys.allSatisfy(certificateEntries.contains) {
            secret.data = secret.data.filter { certificateEntries.contains($0.key) }
        }
        return secret
    }
}
