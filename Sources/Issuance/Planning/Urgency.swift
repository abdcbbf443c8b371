internal import FoundationEssentials

/// How soon a due certificate gets its turn: what expires first, what has none yet, then the rest.
///
/// Within one urgency the turns go round among namespaces, and within a namespace among registered domains; so nobody's thousand
/// certificates keep the others waiting, and still nothing expires while something waits that has more time.
package enum Urgency: Int, Comparable, CaseIterable, Sendable {
    /// Revoked, or less than a twentieth of the lifetime is left, or nothing.
    case critical
    /// Less than a sixth of the lifetime is left.
    case urgent
    /// Its time for renewal has come.
    case expiring
    /// There is no certificate.
    case missing
    /// There is one that serves, and another is wanted.
    case other

    package static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }

    /// The parts of the lifetime that are left when a certificate becomes urgent, and critical.
    static let urgentFraction = 1.0 / 6
    /// See ``urgentFraction``. certmagic's emergency.
    static let criticalFraction = 1.0 / 20
}

extension CertificateItem {
    /// How soon it gets its turn, once it is due.
    func urgency(at now: Date) -> Urgency {
        guard reason != .revoked else { return .critical }
        guard let leaf = target.leaf else { return .missing }
        if leaf.moment(left: Urgency.criticalFraction) <= now { return .critical }
        if leaf.moment(left: Urgency.urgentFraction) <= now { return .urgent }
        if let renewAt, renewAt <= now { return .expiring }
        return .other
    }

    /// When ``urgency(at:)`` or ``pacedUntil(_:)`` changes next.
    func nextPlaceChange(after now: Date) -> Date? {
        guard let leaf = target.leaf else { return nil }
        return [renewAt, renewalWindow?.end, leaf.moment(left: Urgency.urgentFraction), leaf.moment(left: Urgency.criticalFraction)]
            .compactMap { $0 }
            .filter { $0 > now }.min()
    }
}

extension LeafFacts {
    /// When only this part of the lifetime is left.
    func moment(left fraction: Double) -> Date {
        notAfter.addingTimeInterval(-max(0, notAfter.timeIntervalSince(notBefore)) * fraction)
    }
}
