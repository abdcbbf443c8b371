/// Bounds of asking other processes what they serve.
enum ReplicaLimits {
    /// Secrets in one answer about what is served. Beyond: the rest is left out, and counted. As many certificates as one instance is made
    /// for.
    static let servedSecretsMax = 100_000
    /// Bytes of such an answer that are read. Beyond: the replica counts as not reachable. 100,000 Secrets with names of usual length.
    static let servedBytesMax = 16 << 20
    /// Replicas that are asked. Beyond: the rest is not, and that is said. Far more than one cluster runs.
    static let replicasMax = 100
    /// How long answers are good for: somebody who looks again at once gets the same.
    static let replicaAnswersKept = Duration.seconds(5)
    /// How long what is served may differ from what is stored without anybody being told: a replica hears of a new Secret by a watch, which
    /// takes a second in a busy cluster.
    static let reloadTimeMax = Duration.seconds(5)
    /// After this long without a look at the replicas nobody follows them, and a look waits for ``reloadTimeMax`` by itself.
    static let replicaPatience = Duration.seconds(30)
    /// Certificates that are served wrongly and kept count of, replicas counted each. Beyond: the rest is not told; one is reason enough.
    static let deviationsMax = 10_000
}
