internal import CALimits
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI

/// The Secret that holds the ledger of one CA: one for each directory, since some limits are for all accounts there.
enum BudgetSecret {
    /// What its name starts with.
    static let prefix = "certctl-budget-"
    /// The ``BudgetLedger`` in JSON.
    static let ledgerEntry = "ledger.json"

    /// Its name.
    static func name(of directory: String, namespace: String) -> NamespacedName {
        NamespacedName(namespace: namespace, name: prefix + Fingerprint.of([directory]))
    }

    /// Makes it.
    static func secret(_ ledger: BudgetLedger, of directory: String, namespace: String) throws -> Secret {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Secret(
            metadata: ObjectMeta(
                id: name(of: directory, namespace: namespace), labels: SecretRole.budget.labels,
                annotations: [ObjectKeys.directoryAnnotation: directory]),
            data: [ledgerEntry: Array(try encoder.encode(ledger))])
    }

    /// Reads it; nil when the Secret is none, or not where the ledger of its directory would be.
    static func read(_ secret: Secret) -> (directory: String, ledger: BudgetLedger)? {
        guard SecretRole(of: secret) == .budget, let directory = secret.metadata.annotations[ObjectKeys.directoryAnnotation],
            name(of: directory, namespace: secret.metadata.namespace) == secret.metadata.id, let bytes = secret.data[ledgerEntry],
            let ledger = try? JSONDecoder().decode(BudgetLedger.self, from: Data(bytes))
        else { return nil }
        return (directory, ledger)
    }
}
