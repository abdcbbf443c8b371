public import Certificates
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// What the certificate catalog thinks of Secrets, as a value that may go to another task.
///
/// The catalog has parsed every Secret that an Ingress names; this carries its results over instead of parsing them again.
public struct CertificateVerdicts: Sendable {
    /// Whether there is a verdict for every Secret that an Ingress names; otherwise only for those that the update concerns.
    let isComplete: Bool
    private(set) var verdicts: [NamespacedName: SecretVerdict]

    /// Nothing known.
    static var empty: CertificateVerdicts { CertificateVerdicts(isComplete: true, verdicts: [:]) }

    init(isComplete: Bool, verdicts: [NamespacedName: SecretVerdict]) {
        self.isComplete = isComplete
        self.verdicts = verdicts
    }

    subscript(_ secret: NamespacedName) -> SecretVerdict { verdicts[secret] ?? .missing(inForce: nil) }

    /// Forgets a Secret that nobody names any more.
    mutating func forget(_ secret: NamespacedName) { verdicts[secret] = nil }

    /// Takes in the verdicts that came with a later update.
    mutating func merge(_ later: CertificateVerdicts) {
        if later.isComplete {
            self = later
        } else {
            verdicts.merge(later.verdicts) { $1 }
        }
    }
}

extension CertificateCatalog {
    /// The verdicts that ``IssuanceController/handle(_:certificates:)`` and ``Planner`` need, after ``apply(_:now:)`` of the same update.
    public func verdicts(for update: StoreUpdate) -> CertificateVerdicts {
        let changed = update.changed
        let ingresses = update.objects.ingresses
        let isComplete = changed.isEverything || !changed.ingressClasses.isEmpty
        let concerned = isComplete ? Array(ingresses.values) : changed.ingresses.compactMap { ingresses[$0] }
        var verdicts = Dictionary(uniqueKeysWithValues: changed.secrets.map { ($0, verdict(for: $0)) })
        for ingress in concerned {
            for secretName in ingress.spec.tls.compactMap(\.secretName) {
                let name = NamespacedName(namespace: ingress.metadata.namespace, name: secretName)
                if verdicts[name] == nil { verdicts[name] = verdict(for: name) }
            }
        }
        return CertificateVerdicts(isComplete: isComplete, verdicts: verdicts)
    }
}
