/// Bounds and waiting times of the store in the cluster.
public enum ClusterLimits {
    /// From a change to the update that has it, so that many changes become one update. Small against the 100 ms in which a changed
    /// EndpointSlice is to be in use.
    public static let settleTime = Duration.milliseconds(5)
    /// Names of one namespace that are watched one by one. Beyond: the namespace is watched. Each watch costs two requests at the
    /// start and a connection; a namespace costs the transfer of its other Secrets. Measured in docs/kubernetes.md.
    public static let namedWatchesMax = 5
    /// Watches of Secrets. Beyond: one watch of all namespaces. With two requests each at 50 per second (100 at once), this many are
    /// there within two seconds.
    public static let secretWatchesMax = 100
    /// Secrets of one watch that are read one by one when they begin to matter. Beyond: the watch lists anew.
    public static let singleReadsMax = 20
    /// Objects deleted by us that are remembered, so that a watch which is behind does not bring them back. Beyond: the oldest is
    /// forgotten. Far more than a watch is behind.
    public static let deletionsMax = 4096
    /// Times that a write without a condition is tried when the object changes meanwhile. Beyond: `conflict`.
    public static let writeConflictsMax = 5
}
