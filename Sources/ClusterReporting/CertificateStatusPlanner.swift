public import Core
public import FoundationEssentials
internal import HashTreeCollections
public import Issuance
public import KubernetesAPI
public import KubernetesClient
internal import Manifests
public import Store

/// Which Certificates do not say in their status what is known about them, with cert-manager's conditions, reasons and words. Pure.
public enum CertificateStatusPlanner {
    /// The writes that are needed, sorted by name.
    public static func writes(
        _ objects: ObjectSet, _ facts: [NamespacedName: CertificateFact], _ problems: [CertificateResourceProblem], now: Date
    ) -> [StatusWrite] {
        let refusals = Dictionary(grouping: problems.filter { $0.reason != .unsupportedField }, by: \.certificate)
        var writes: [StatusWrite] = []
        for (name, certificate) in objects.certificates where certificate.metadata.deletionTimestamp == nil {
            guard let fact = facts[certificate.secret] else { continue }
            let refusal = refusals[name.description]?.first
            guard let wanted = status(of: certificate, fact, refusal: refusal, now: now), wanted != certificate.status.ours else {
                continue
            }
            var wish = wanted
            wish.conditions = wish.conditions.map(\.withoutTime)
            wish.revision = nil
            writes.append(
                StatusWrite(.certificate, certificate.metadata, status: wanted.value(), wish: wish.value()))
        }
        return writes.sorted { $0.target.name < $1.target.name }
    }

    /// The status that a Certificate should have.
    ///
    /// - Parameters:
    ///   - fact: What is known about its Secret.
    ///   - refusal: Why this Certificate does not get what it asks for, if it does not.
    /// - Returns: nil for a Certificate of another controller's issuer, which is left alone.
    public static func status(
        of certificate: CertificateResource, _ fact: CertificateFact, refusal: CertificateResourceProblem?, now: Date
    ) -> CertificateStatus? {
        guard certificate.spec.issuerRef.group == ObjectKind.issuer.group else { return nil }
        let before = certificate.status
        var status = CertificateStatus(notBefore: fact.notBefore, notAfter: fact.notAfter, renewalTime: fact.renewAt?.wholeSeconds)
        var conditions: [ObjectCondition] = []
        if let refusal {
            conditions.append(
                ObjectCondition(type: "Ready", status: .false, reason: refusal.reason.rawValue, message: refusal.message))
        } else {
            conditions.append(ready(fact, now: now))
            if let issuing = issuing(fact) { conditions.append(issuing) }
            status.failedIssuanceAttempts = fact.failures > 0 ? fact.failures : nil
            status.lastFailureTime = fact.lastFailure?.wholeSeconds
        }
        status.revision = revision(fact, before)
        status.conditions = conditions.map { condition in
            var condition = condition
            if certificate.metadata.generation > 0 { condition.observedGeneration = certificate.metadata.generation }
            return condition.following(before.condition(condition.type), at: now)
        }
        return status
    }

    /// One more for each certificate that the Secret did not have when the status was written.
    private static func revision(_ fact: CertificateFact, _ before: CertificateStatus) -> Int? {
        guard fact.notAfter != nil else { return before.revision }
        let isSame = fact.notAfter == before.notAfter && fact.notBefore == before.notBefore
        return isSame ? before.revision ?? 1 : (before.revision ?? 0) + 1
    }

    private static func ready(_ fact: CertificateFact, now: Date) -> ObjectCondition {
        switch fact.readiness(at: now) {
        case .ready:
            return ObjectCondition(type: "Ready", status: .true, reason: "Ready", message: "Certificate is up to date and has not expired")
        case .notReady(let reason):
            return notReady(reason, fact)
        case .unsuitable(let message):
            return ObjectCondition(type: "Ready", status: .false, reason: "IncorrectCertificate", message: message)
        case .absent:
            let reason = fact.state == .blocked ? CertificateResourceProblem.Reason.badConfig.rawValue : IssueReason.doesNotExist.rawValue
            return ObjectCondition(
                type: "Ready", status: .false, reason: reason, message: fact.message ?? words(.doesNotExist, fact))
        }
    }

    private static func notReady(_ reason: IssueReason, _ fact: CertificateFact) -> ObjectCondition {
        ObjectCondition(type: "Ready", status: .false, reason: reason.rawValue, message: words(reason, fact))
    }

    /// The condition while an issuance is wanted; gone once it succeeded.
    private static func issuing(_ fact: CertificateFact) -> ObjectCondition? {
        guard let reason = fact.reason.flatMap({ IssueReason(rawValue: $0) }) else { return nil }
        if let denial = fact.policy {
            return ObjectCondition(type: "Issuing", status: .false, reason: ReportedProblem.Reason.policyDenied.rawValue, message: denial)
        }
        let isFailing = fact.state == .failing || (fact.state == .expired && fact.failures > 0)
        if isFailing, let error = fact.lastError {
            return ObjectCondition(
                type: "Issuing", status: .false, reason: "Failed",
                message: "The certificate request has failed to complete and will be retried: " + error)
        }
        switch fact.state {
        case .issuing, .pending, .failing, .expired:
            return ObjectCondition(type: "Issuing", status: .true, reason: reason.rawValue, message: words(reason, fact))
        case .blocked:
            let message = words(reason, fact) + (fact.message.map { ": " + $0 } ?? "")
            return ObjectCondition(type: "Issuing", status: .true, reason: reason.rawValue, message: message)
        case .valid, .foreign, .placeholder: return nil
        }
    }

    /// cert-manager's message for a reason (`internal/controller/certificates/policies/checks.go`).
    private static func words(_ reason: IssueReason, _ fact: CertificateFact) -> String {
        switch reason {
        case .doesNotExist: "Issuing certificate as Secret does not exist"
        case .missingData: "Issuing certificate as Secret does not contain any data"
        case .invalidKeyPair: "Secret contains an invalid key-pair" + (fact.message.map { ": " + $0 } ?? "")
        case .secretMismatch: "Existing private key is not up to date for spec: [spec.privateKey.algorithm]"
        case .incorrectIssuer: "Issuing certificate as Secret was previously issued by another issuer"
        case .requestChanged: "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]"
        case .renewing: "Renewing certificate as renewal was scheduled at \(GoTime.text(fact.renewAt))"
        case .expired: "Certificate expired on \(GoTime.rfc1123(fact.notAfter))"
        case .secretTemplateMismatch: "Certificate's SecretTemplate Annotations missing or incorrect value on Secret"
        case .revoked: "Issuing certificate as the existing certificate was revoked"
        case .namesLeftOut: "Issuing certificate as names were left out of the existing one"
        case .manuallyTriggered: "Certificate re-issuance manually triggered"
        }
    }
}

extension CertificateStatus {
    /// The part that we write.
    var ours: CertificateStatus {
        var status = self
        status.conditions = ["Ready", "Issuing"].compactMap { condition($0) }
        return status
    }
}
