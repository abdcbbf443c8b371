internal import KubernetesAPI

/// What one of our own Secrets is for; the value of the label `certctl.dev/role`.
enum SecretRole: String, Sendable {
    /// A key pair that an Ingress names.
    case certificate
    /// An ACME account key.
    case account
    /// The pending order and the failures of one certificate.
    case order
    /// An http-01 token that may be asked for right now.
    case http01

    /// The role of a Secret; nil when it is not ours.
    init?(of secret: Secret) {
        let labels = secret.metadata.labels
        guard labels[ObjectKeys.managedByLabel] == ObjectKeys.managedByValue else { return nil }
        self.init(rawValue: labels[ObjectKeys.roleLabel] ?? "")
    }

    /// The labels of a Secret with this role.
    var labels: [String: String] {
        [ObjectKeys.managedByLabel: ObjectKeys.managedByValue, ObjectKeys.roleLabel: rawValue]
    }
}
