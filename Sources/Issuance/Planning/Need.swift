internal import Core
internal import FoundationEssentials
internal import PKI

/// Whether a certificate is needed. Pure; the plan asks it about the objects that it has seen, an attempt about what is stored.
struct Need {
    let desired: DesiredCertificate
    let target: TargetSecret
    /// Who it may come from: the issuer that is asked for, then its fallbacks. A certificate from a fallback stays until it is due.
    let origins: [CertificateOrigin]
    /// Whether the certificate that is there is known to be revoked.
    var isRevoked = false
    let now: Date

    /// Where the certificate that is there came from; nil when it is none of ``origins``.
    private var origin: CertificateOrigin? {
        guard let before = target.issuer else { return origins.first }
        return origins.first { $0.issuer == before }
    }

    /// When the certificate that is there is due for renewal.
    var renewAt: Date? { renewal?.moment }

    /// When it is due, and what says so.
    var renewal: (moment: Date, rule: RenewalRule)? {
        guard let leaf = target.leaf else { return nil }
        let lifetime = leaf.notAfter.timeIntervalSince(leaf.notBefore)
        let renewBefore = desired.options.renewBefore(ofLifetime: lifetime)
        let usual = RenewalSchedule.renewAt(
            notBefore: leaf.notBefore, notAfter: leaf.notAfter, renewBefore: renewBefore, secret: desired.secret)
        let usualRule = RenewalRule(leaf, usual, renewBefore: renewBefore)
        guard let suggested = suggestedRenewal(leaf) else { return (usual, usualRule) }
        // Near the end nobody may talk us out of it, and what the user asked for is the latest.
        let latest = leaf.notAfter.addingTimeInterval(-max(lifetime, 0) * IssuanceLimits.renewalInfoOverruledFraction)
        let asked: (moment: Date, rule: RenewalRule) =
            suggested.moment <= latest ? (suggested.moment, .authority(suggested.window)) : (latest, .end)
        return renewBefore == nil || asked.moment <= usual ? asked : (usual, usualRule)
    }

    /// What the CA suggests for the certificate that is there. RFC 9773.
    private func suggestedRenewal(_ leaf: LeafFacts) -> ChosenRenewal? {
        guard let renewal = target.renewal, renewal.certificate == leaf.certificate?.sha256Fingerprint,
            let origin, origin.usesRenewalInfo, origin.directory == target.directory
        else { return nil }
        return renewal
    }

    /// The window that counts, for people.
    var renewalWindow: RenewalWindow? { target.leaf.flatMap { suggestedRenewal($0) }?.window }

    /// cert-manager's chain of checks, in its order; nil when nothing is needed.
    func reason(renewAt: Date?) -> IssueReason? {
        let leaf: LeafFacts
        switch (target.ownership, target.content) {
        case (.absent, _): return .doesNotExist
        case (_, .empty): return .missingData
        case (_, .unusable): return .invalidKeyPair
        case (_, .certificate(let facts)): leaf = facts
        }
        if let algorithm = desired.options.keyAlgorithm, algorithm != leaf.keyAlgorithm { return .secretMismatch }
        guard let origin else { return .incorrectIssuer }
        if let before = target.directory, let directory = origin.directory, before != directory { return .incorrectIssuer }
        if hasOtherNames(leaf) { return .requestChanged }
        if leaf.notAfter <= now { return .expired }
        if isRevoked { return .revoked }
        if let renewAt, renewAt <= now { return .renewing }
        if !missing(leaf).isEmpty { return .namesLeftOut }
        if target.ownership == .ours, !target.carries(desired.secretTemplate) { return .secretTemplateMismatch }
        return nil
    }

    /// Whether names were added or removed since the certificate was asked for. What was *asked* is compared, where it is known: a
    /// CA may add a name of its own (`www.`), and asking again for ever would not change that.
    private func hasOtherNames(_ leaf: LeafFacts) -> Bool {
        let wanted = Set(desired.names.all)
        let before = target.requestedNames ?? leaf.names
        guard wanted.isSubset(of: before), leaf.uncovered(of: desired.names).count == missing(leaf).count else { return true }
        return !before.subtracting(wanted).isSubset(of: desired.toleratedNames)
    }

    /// The names that are missing with permission.
    private func missing(_ leaf: LeafFacts) -> [String] {
        guard desired.options.allowsPartial, !target.leftOut.isEmpty else { return [] }
        let leftOut = Set(target.leftOut.map(\.name))
        return leaf.uncovered(of: desired.names).filter(leftOut.contains)
    }
}
