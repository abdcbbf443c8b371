/// How long a lease lasts and how often it is renewed. The defaults are client-go's.
public struct ElectionTiming: Hashable, Sendable {
    /// How long the others leave a lease alone after they last saw it change. Whole seconds: the Lease tells it to them.
    public let leaseDuration: Duration
    /// How long a leader acts after the start of its last renewal that succeeded.
    public let renewDeadline: Duration
    /// Between two attempts to get or renew the lease.
    public let retryPeriod: Duration
    /// Candidates wait up to this many times ``retryPeriod`` longer, so that they do not all come at once.
    public let jitterFactor: Double

    /// Makes a timing.
    ///
    /// - Returns: nil unless lease > deadline > period, with room for the jitter: otherwise two could lead at once, or nobody for long.
    public init?(
        leaseDuration: Duration = standard.leaseDuration, renewDeadline: Duration = standard.renewDeadline,
        retryPeriod: Duration = standard.retryPeriod, jitterFactor: Double = standard.jitterFactor
    ) {
        guard jitterFactor >= 0, retryPeriod > .zero, leaseDuration > renewDeadline, renewDeadline > retryPeriod * max(1, jitterFactor),
            leaseDuration.components.attoseconds == 0, leaseDuration <= Self.leaseDurationMax
        else { return nil }
        self.init(
            unchecked: leaseDuration, renewDeadline: renewDeadline, retryPeriod: retryPeriod, jitterFactor: jitterFactor)
    }

    init(unchecked leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration, jitterFactor: Double) {
        self.leaseDuration = leaseDuration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
        self.jitterFactor = jitterFactor
    }

    /// 15 s, 10 s, 2 s, 1.2: as kube-controller-manager.
    public static let standard = ElectionTiming(
        unchecked: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2), jitterFactor: 1.2)

    /// Longest time for which a Lease is respected without a sign of life, whatever it says. Beyond: taken after that. A slip of the
    /// hand in a Lease would otherwise keep everybody out for years; nobody runs with more than some minutes.
    public static let leaseDurationMax = Duration.seconds(3600)

    /// Longest a request about the lease may take: two fit into the time that a leader has left without a renewal.
    var requestTimeout: Duration { renewDeadline / 2 }

    /// The wait of a candidate, spread by a number in 0...1. As client-go's `JitterUntil`.
    func candidateWait(draw: Double) -> Duration { retryPeriod * (1 + jitterFactor * min(max(draw, 0), 1)) }
}
