package import Core
package import FoundationEssentials
internal import Policies
package import Store

/// Judges single certificates by values alone, as a plan does: for simulations of a fleet.
package struct ItemPlanner: Sendable {
    private let objects: ObjectSet
    private let settings: IssuanceSettings

    /// Judges by these issuers.
    package init(objects: ObjectSet, settings: IssuanceSettings) {
        self.objects = objects
        self.settings = settings
    }

    /// A certificate for these names from that issuer.
    package func desired(_ secret: NamespacedName, hosts: [String], from issuer: IssuerName) throws -> DesiredCertificate {
        DesiredCertificate(secret: secret, ingresses: [], names: try CertificateNames(hosts: hosts), wish: .issue(issuer))
    }

    /// What a certificate needs now.
    package func item(_ desired: DesiredCertificate, _ target: TargetSecret, failure: FailureRecord?, at now: Date) -> CertificateItem {
        Assessment(
            desired: desired, target: target, issuers: IssuerCheck(objects: objects, settings: settings),
            policies: PolicyCheck(policies: .permissive, objects: objects, settings: settings),
            record: failure.map { IssuanceRecord(target: desired.secret, failure: $0, updated: now) }, force: nil, now: now
        ).item()
    }

    /// The row of failures of a certificate after one more.
    package func failure(
        of item: CertificateItem, after previous: FailureRecord?, _ cause: FailureCause, retryAfter: Date?, at now: Date, draw: Double
    ) -> FailureRecord {
        var failure = FailureRecord.next(
            after: previous, message: cause.rawValue, fingerprint: item.fingerprint, retryAfter: retryAfter,
            notAfter: item.target.leaf?.notAfter, now: now, draw: draw)
        failure.cause = cause
        return failure
    }
}
