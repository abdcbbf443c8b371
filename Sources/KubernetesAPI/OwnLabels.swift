/// Labels by which the Secrets and ConfigMaps that certctl writes are found.
public enum OwnLabels {
    /// Who wrote an object. Recommended Kubernetes label.
    public static let managedBy = "app.kubernetes.io/managed-by"
    /// Our value of ``managedBy``.
    public static let certctl = "certctl"
    /// What one of our Secrets is: a ``SecretRole``.
    public static let role = "certctl.dev/role"

    /// With the value `true`: a ConfigMap whose entries are files of policies.
    public static let policies = "certctl.dev/policies"

    /// Whether an object with these labels is ours.
    public static func isOurs(_ labels: [String: String]) -> Bool { labels[managedBy] == certctl }

    /// Whether a ConfigMap with these labels has policies.
    public static func hasPolicies(_ labels: [String: String]) -> Bool { labels[policies] == "true" }
}
