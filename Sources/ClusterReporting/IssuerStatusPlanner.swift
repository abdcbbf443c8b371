internal import Core
public import FoundationEssentials
internal import HashTreeCollections
public import Issuance
public import KubernetesAPI
public import KubernetesClient
internal import Manifests
public import Store

/// Which issuers do not say in their `Ready` condition what is known about them, in cert-manager's words. Pure.
///
/// An issuer is ours to write only while nobody else writes its status: while `metadata.managedFields` names no other manager of the
/// status subresource. Where cert-manager works, or has worked, its entry is there.
public enum IssuerStatusPlanner {
    /// Whether the status of an issuer is ours to write. One without a uid comes from a file (`--issuers`): there is nothing to write to.
    public static func isOurs(_ issuer: Issuer) -> Bool {
        issuer.metadata.uid != nil && issuer.status.managers.allSatisfy { $0 == APIClient.statusFieldManager }
    }

    /// The writes that are needed, sorted by name.
    public static func writes(_ objects: ObjectSet, _ facts: [IssuerFact], now: Date) -> [StatusWrite] {
        facts.compactMap { fact in
            guard let issuer = objects.issuers[fact.issuer], issuer.metadata.deletionTimestamp == nil, isOurs(issuer),
                let wanted = status(of: issuer, fact.readiness, now: now), !isSame(wanted, issuer.status)
            else { return nil }
            return StatusWrite(issuer.kind, issuer.metadata, status: wanted.value(), wish: wanted.withoutTimes.value())
        }
    }

    /// The status that an issuer should have; nil while nothing is known, so that what stands there stays.
    public static func status(of issuer: Issuer, _ readiness: IssuerFact.Readiness, now: Date) -> IssuerStatus? {
        var status = IssuerStatus(
            accountURL: issuer.status.accountURL, lastRegisteredEmail: issuer.status.lastRegisteredEmail)
        var ready: ObjectCondition
        switch readiness {
        case .unknown: return nil
        case .accountRegistered(let url, let email):
            ready = condition(.true, "ACMEAccountRegistered", "The ACME account was registered with the ACME server")
            status.accountURL = url
            status.lastRegisteredEmail = email
        case .accountFailed(let message):
            ready = condition(.false, "ErrRegisterACMEAccount", "Failed to register ACME account: " + message)
        case .keyPairVerified: ready = condition(.true, "KeyPairVerified", "Signing CA verified")
        case .keyPairMissing(let message):
            ready = condition(.false, "ErrGetKeyPair", "Error getting keypair for CA issuer: " + message)
        case .keyPairInvalid(let message): ready = condition(.false, "ErrInvalidKeyPair", "Invalid signing key pair: " + message)
        case .ready: ready = condition(.true, "IsReady", "")
        }
        if issuer.metadata.generation > 0 { ready.observedGeneration = issuer.metadata.generation }
        status.conditions = [ready.following(issuer.status.condition("Ready"), at: now)]
        return status
    }

    private static func condition(_ status: ObjectCondition.Status, _ reason: String, _ message: String) -> ObjectCondition {
        ObjectCondition(type: "Ready", status: status, reason: reason, message: message)
    }

    private static func isSame(_ wanted: IssuerStatus, _ found: IssuerStatus) -> Bool {
        wanted.accountURL == found.accountURL && wanted.lastRegisteredEmail == found.lastRegisteredEmail
            && wanted.condition("Ready") == found.condition("Ready")
    }
}

extension IssuerStatus {
    /// What is wanted, whatever stood there before.
    var withoutTimes: IssuerStatus {
        var status = self
        status.conditions = conditions.map(\.withoutTime)
        return status
    }
}

extension ObjectCondition {
    var withoutTime: ObjectCondition {
        var condition = self
        condition.lastTransitionTime = nil
        return condition
    }
}
