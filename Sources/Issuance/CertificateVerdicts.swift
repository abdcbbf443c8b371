public import Certificates
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// What the certificate catalog thinks of Secrets, as a value that may go to another task.
///
/// The catalog has parsed every Secret that an Ingress names; this carries its results over instead of parsing them again.
public struct CertificateVerdicts: Sendable {
    /// Whether there is a verdict for every Secret that an Ingress names; otherwise only for those that the update changed.
    let isComplete: Bool
    private(set) var verdicts: [NamespacedName: SecretVerdict]

    /// Nothing known.
    static var empty: CertificateVerdicts { CertificateVerdicts(isComplete: true, verdicts: [:]) }

    init(isComplete: Bool, verdicts: [NamespacedName: SecretVerdict]) {
        self.isComplete = isComplete
        self.verdicts = verdicts
    }

    subscript(_ secret: NamespacedName) -> SecretVerdict { verdicts[secret] ?? .missing(inForce: nil) }

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
        guard changed.isEverything || !changed.ingresses.isEmpty || !changed.ingressClasses.isEmpty else {
            return CertificateVerdicts(
                isComplete: false, verdicts: Dictionary(uniqueKeysWithValues: changed.secrets.map { ($0, verdict(for: $0)) }))
        }
        var verdicts: [NamespacedName: SecretVerdict] = [:]
        for ingress in update.objects.ingresses.values {
            for entry in ingress.spec.tls {
                guard let secretName = entry.secretName else { continue }
                let name = NamespacedName(namespace: ingress.metadata.namespace, name: secretName)
                if verdicts[name] == nil { verdicts[name] = verdict(for: name) }
            }
        }
        return CertificateVerdicts(isComplete: true, verdicts: verdicts)
    }
}
