internal import ACME
internal import Core
internal import FoundationEssentials
internal import PKI
internal import Policies

/// The decision about one Secret. Pure: everything that it depends on is a value.
struct Assessment {
    let desired: DesiredCertificate
    let target: TargetSecret
    let issuers: IssuerCheck
    let policies: PolicyCheck
    let record: IssuanceRecord?
    /// Somebody's request to this process, or the one that stands on the Secret.
    let force: Force?
    /// Whether the certificate that is there is known to be revoked.
    var isRevoked = false
    let now: Date

    /// `certctl renew`.
    enum Force: Hashable, Sendable {
        /// Now, whatever failed before.
        case atOnce
        /// It was tried and failed; the ladder applies until it succeeds.
        case afterBackoff
    }

    func item() -> CertificateItem {
        var item = CertificateItem(desired: desired, target: target, work: .none(until: nil))
        item.hasPendingOrder = record?.order != nil
        item.progress = record?.order.map { OrderProgress($0) }
        switch desired.wish {
        case .serveOnly: break
        case .refused(let badConfig): item.work = .blocked(nil, badConfig.message)
        case .issue(let issuer) where target.isWritable: assess(&item, issuer)
        case .issue: break
        }
        return item
    }

    private func assess(_ item: inout CertificateItem, _ issuer: IssuerName) {
        let need = Need(
            desired: desired, target: target, origins: issuers.origins(of: issuer, for: desired), isRevoked: isRevoked, now: now)
        let renewal = need.renewal
        item.renewAt = renewal?.moment
        item.renewalRule = renewal?.rule
        item.renewalWindow = need.renewalWindow
        // A certificate that needs nothing is valid, whatever state its issuer is in; only the others are worth a look at it.
        var needed = need.reason(renewAt: item.renewAt)
        // Whoever asks for a new certificate gets the labels with it.
        if needed == nil || needed == .secretTemplateMismatch { needed = wish(&item) ?? needed }
        guard let reason = needed else {
            item.work = .none(until: item.renewAt)
            return
        }
        switch issuers.verdict(on: issuer, for: desired) {
        case .blocked(let message, let advice):
            item.work = .blocked(reason, message)
            item.advice = advice
        case .ready(let issuerFingerprint):
            guard isAllowed(&item, reason, from: issuer) else { return }
            item.fingerprint = fingerprint(issuer, issuerFingerprint)
            item.directory = reason == .secretTemplateMismatch ? nil : need.origins.first?.directory
            item.hasFallback = need.origins.count > 1
            item.isForced = force == .atOnce
            if record?.order?.orderURL == nil, reason != .secretTemplateMismatch {
                item.order = issuers.plannedOrder(from: issuer, for: desired, target: target)
            }
            item.failure = record?.failure.flatMap { $0.fingerprint == item.fingerprint ? $0 : nil }
            if let failure = item.failure, failure.holdsBack(item.fingerprint, at: now), force != .atOnce {
                item.work = .backingOff(reason, until: failure.nextAttempt)
            } else {
                item.work = .due(reason)
            }
        }
    }

    /// Asks the policies. What is there stays and is served, whatever they say.
    private func isAllowed(_ item: inout CertificateItem, _ reason: IssueReason, from issuer: IssuerName) -> Bool {
        // Nothing is issued for a label.
        guard reason != .secretTemplateMismatch, case .denied(let why) = policies.verdict(on: desired, from: issuer) else { return true }
        if item.isLeftover {
            // Nothing is wrong with the certificate that is there; what an earlier process began is dropped.
            item.isLeftover = false
            item.work = .none(until: item.renewAt)
        } else {
            item.policyDenial = why
            item.work = .blocked(reason, why)
        }
        return false
    }

    /// A certificate that needs nothing is issued all the same when somebody said so, or when an earlier process was told so and
    /// left an order at the CA: that one is brought to its end, and not forgotten with a certificate that nobody has.
    private func wish(_ item: inout CertificateItem) -> IssueReason? {
        if force != nil { return .manuallyTriggered }
        guard record?.order?.orderURL != nil else { return nil }
        item.isLeftover = true
        return .manuallyTriggered
    }

    private func fingerprint(_ issuer: IssuerName, _ issuerFingerprint: String) -> String {
        let algorithm = desired.options.keyAlgorithm ?? CertificateOptions.keyAlgorithmDefault
        let partial = desired.options.allowsPartial ? [ObjectKeys.partialAnnotation] : []
        return Fingerprint.of(["\(issuer)", issuerFingerprint, algorithm.description] + partial + desired.names.all)
    }
}

/// A short stable hash of several texts.
enum Fingerprint {
    /// 32 hex digits of the SHA-256 over the texts, each ended by a newline.
    static func of(_ texts: [String]) -> String {
        hexadecimal(sha256(Array(texts.map { $0 + "\n" }.joined().utf8)).prefix(16))
    }
}
