internal import Core
internal import FoundationEssentials
internal import KubernetesAPI

/// The Secrets that keep the alerts: `certctl-alerts-0` to `certctl-alerts-f`, an alert in the one that its fingerprint ends with. Those
/// without alerts are not made.
enum AlertShards {
    private struct Content: Codable {
        var version = 1
        var alerts: [AlertRecord]
    }

    private static let entry = "alerts.json"

    static func name(_ shard: Int, namespace: String) -> NamespacedName {
        NamespacedName(namespace: namespace, name: "certctl-alerts-\(String(shard, radix: 16))")
    }

    static func secret(_ records: [AlertRecord], shard: Int, namespace: String) throws -> Secret {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let content = Content(alerts: records.sorted { $0.fingerprint < $1.fingerprint })
        return Secret(
            metadata: ObjectMeta(id: name(shard, namespace: namespace), labels: SecretRole.alerts.labels),
            data: [entry: Array(try encoder.encode(content))])
    }

    /// The alerts of a Secret; nil when it is not ours or cannot be read.
    static func records(_ secret: Secret) -> [AlertRecord]? {
        guard SecretRole(of: secret) == .alerts, let bytes = secret.data[entry],
            let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)), content.version == 1
        else { return nil }
        return content.alerts
    }
}
