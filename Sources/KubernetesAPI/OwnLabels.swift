/// Labels by which the Secrets and ConfigMaps that certctl writes are found.
public enum OwnLabels {
    /// Who wrote an object. Recommended Kubernetes label.
    public static let managedBy = "app.kubernetes.io/managed-by"
    /// Our value of ``managedBy``.
    public static let certctl = "certctl"
    /// What one of our Secrets is: a ``SecretRole``.
    public static let role = "certctl.dev/role"

    /// Whether an object with these labels is ours.
    public static func isOurs(_ labels: [String: String]) -> Bool { labels[managedBy] == certctl }
}
