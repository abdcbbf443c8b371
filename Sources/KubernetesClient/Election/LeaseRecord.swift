/// The `spec` of a Lease, `coordination.k8s.io/v1`.
///
/// The times are text: they are other people's clocks, which are compared and never calculated with.
struct LeaseRecord: Hashable, Sendable {
    /// Who holds it; empty when it was given back.
    var holderIdentity: String
    /// As the holder said; nil when it is missing.
    var leaseDurationSeconds: Int?
    /// When the holder got it.
    var acquireTime: String?
    /// When the holder renewed it last.
    var renewTime: String?
    /// How often it went from one to another.
    var leaseTransitions: Int

    init(
        holderIdentity: String, leaseDurationSeconds: Int?, acquireTime: String? = nil, renewTime: String? = nil,
        leaseTransitions: Int = 0
    ) {
        self.holderIdentity = holderIdentity
        self.leaseDurationSeconds = leaseDurationSeconds
        self.acquireTime = acquireTime
        self.renewTime = renewTime
        self.leaseTransitions = leaseTransitions
    }

    /// How long it is respected after it was last seen to change.
    func duration(_ timing: ElectionTiming) -> Duration {
        // One without a duration, or with nonsense, still has a holder that may be alive.
        guard let seconds = leaseDurationSeconds, seconds > 0 else { return timing.leaseDuration }
        return min(.seconds(seconds), ElectionTiming.leaseDurationMax)
    }
}

/// A Lease as it is stored: what we are about to replace, and the version that we saw.
struct StoredLease: Hashable, Sendable {
    /// Whom it names, and until when.
    var record: LeaseRecord
    /// `metadata.resourceVersion`.
    var resourceVersion: String
    /// What an update has to send back as it came: labels, annotations, owners, fields that we do not know.
    var document: LeaseDocument
}
