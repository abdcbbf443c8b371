internal import Core
internal import FoundationEssentials
internal import PKI

/// Whether a certificate is needed. Pure; the plan asks it about the objects that it has seen, an attempt about what is stored.
struct Need {
    let desired: DesiredCertificate
    let target: TargetSecret
    let issuer: IssuerName
    /// The ACME directory that the issuer asks today.
    let directory: String?
    let now: Date

    /// When the certificate that is there is due for renewal.
    var renewAt: Date? {
        target.leaf.map {
            RenewalSchedule.renewAt(
                notBefore: $0.notBefore, notAfter: $0.notAfter,
                renewBefore: desired.options.renewBefore(ofLifetime: $0.notAfter.timeIntervalSince($0.notBefore)), secret: desired.secret)
        }
    }

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
        if let before = target.issuer, before != issuer { return .incorrectIssuer }
        if let before = target.directory, let directory, before != directory { return .incorrectIssuer }
        if hasOtherNames(leaf) { return .requestChanged }
        if leaf.notAfter <= now { return .expired }
        if let renewAt, renewAt <= now { return .renewing }
        if target.ownership == .ours, !target.carries(desired.secretTemplate) { return .secretTemplateMismatch }
        return nil
    }

    /// Whether names were added or removed since the certificate was asked for. What was *asked* is compared, where it is known: a
    /// CA may add a name of its own (`www.`), and asking again for ever would not change that.
    private func hasOtherNames(_ leaf: LeafFacts) -> Bool {
        let wanted = Set(desired.names.all)
        let before = target.requestedNames ?? leaf.names
        guard wanted.isSubset(of: before), leaf.uncovered(of: desired.names).isEmpty else { return true }
        return !before.subtracting(wanted).isSubset(of: desired.toleratedNames)
    }
}
