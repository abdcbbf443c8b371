import TestKit
import Testing

/// Everything that needs a real API server, one test after the other: they share it, and the one Lease in it.
@Suite(
    "In a cluster", .serialized,
    .enabled(if: KubernetesControlPlane.isInstalled, Comment(rawValue: KubernetesControlPlane.absence)))
enum ClusterTests {}
