internal import FoundationEssentials

/// A request for a new certificate on the Secret itself: `certctl.dev/renew: <RFC 3339 time>`, as `certctl renew --kubeconfig` leaves it.
///
/// It is honoured once: the certificate that answers it says so (``answered``), whatever the clocks of its writer and
/// of the CA say. One from before the certificate there begins is none.
public struct RenewalAnnotation {
    /// On a certificate's Secret: somebody asks for a new one, at this time.
    public static let asked = "certctl.dev/renew"
    /// On a certificate's Secret: the request that it answers, as ``asked`` had it.
    public static let answered = "certctl.dev/renewed"

    /// When it was asked for.
    let at: Date

    /// Reads it from a Secret of ours; nil when nothing is asked for that was not done.
    init?(_ target: TargetSecret) {
        guard target.ownership == .ours, let text = target.annotations[Self.asked],
            text != target.annotations[Self.answered], let at = try? Date(text, strategy: .iso8601)
        else { return nil }
        if let leaf = target.leaf, at < leaf.notBefore { return nil }
        self.at = at
    }

    /// What it counts for: more than the failures before it, and like any other work after one of its own. A time to come counts for
    /// no more than that either, or a clock that is ahead would have a failing order repeated without a pause.
    func force(lastFailure: Date?, now: Date) -> Assessment.Force {
        guard let lastFailure, at <= now, lastFailure < at else { return lastFailure == nil ? .atOnce : .afterBackoff }
        return .atOnce
    }
}
