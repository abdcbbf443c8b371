internal import CALimits
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store
internal import Synchronization

/// Where the limits in force are, and where the keeper of the ledgers shows these to the plan: a value behind a lock, since a pass does
/// not wait.
final class BudgetBoard: Sendable {
    private let state: Mutex<Budgets>

    init(limits: CALimitsSet) {
        state = Mutex(Budgets(limits: limits))
    }

    /// The newest.
    var budgets: Budgets { state.withLock { $0 } }

    /// What the CAs allow.
    func limits(of directory: String) -> [CALimit] { state.withLock { $0.limits.limits(of: directory) } }

    /// Takes in other limits.
    ///
    /// - Returns: whether they are others.
    func adopt(_ limits: CALimitsSet, at now: Date) -> Bool { state.withLock { $0.adopt(limits, at: now) } }

    func show(_ ledger: BudgetLedger, of directory: String, at now: Date) {
        state.withLock { $0.show(ledger, of: directory, at: now) }
    }

    func promise(_ order: PlannedOrder, of secret: NamespacedName, at now: Date) {
        state.withLock { $0.promise(order, of: secret, at: now) }
    }

    /// Forgets a promise.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    func keep(_ secret: NamespacedName, at now: Date) -> Bool {
        state.withLock { $0.keep(secret, at: now) }
    }

    /// Takes over the ledgers that an update shows, and no process here has written.
    func show(_ update: StoreUpdate, at now: Date) {
        let names = update.changed.isEverything ? Array(update.objects.secrets.keys) : Array(update.changed.secrets)
        for name in names where name.name.hasPrefix(BudgetSecret.prefix) {
            guard let secret = update.objects.secrets[name], let (directory, ledger) = BudgetSecret.read(secret) else { continue }
            show(ledger, of: directory, at: now)
        }
    }
}
