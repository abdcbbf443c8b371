package import CALimits
package import Core
package import FoundationEssentials

/// What the limits of all CAs still let through, as a plan sees it: what the ledgers say, and what attempts that have begun will spend.
package struct Budgets: Sendable {
    private(set) var limits: CALimitsSet
    /// By directory.
    private var ledgers: [String: BudgetLedger] = [:]
    private var promises: [NamespacedName: PlannedOrder] = [:]
    /// The ledgers after all promises are kept.
    private var foreseen: [String: BudgetLedger] = [:]

    /// Nothing spent.
    package init(limits: CALimitsSet) {
        self.limits = limits
    }

    /// Whether an order may be sent, as far as is known here.
    package func admission(_ order: PlannedOrder, at now: Date) -> Admission {
        let limits = limits.limits(of: order.directory)
        guard let ledger = foreseen[order.directory] ?? ledgers[order.directory] else { return .now }
        return ledger.admission(for: order.intent, limits: limits, at: now)
    }

    /// Counts an order of an attempt that begins. ``keep(_:)`` it when the ledger has it, or when there will be none.
    package mutating func promise(_ order: PlannedOrder, of secret: NamespacedName, at now: Date) {
        promises[secret] = order
        foresee(order, at: now)
    }

    /// Forgets a promise.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package mutating func keep(_ secret: NamespacedName, at now: Date) -> Bool {
        guard let order = promises.removeValue(forKey: secret) else { return false }
        recount(order.directory, at: now)
        return true
    }

    /// Takes over other limits.
    ///
    /// - Returns: whether they are others.
    mutating func adopt(_ limits: CALimitsSet, at now: Date) -> Bool {
        guard limits != self.limits else { return false }
        self.limits = limits
        for directory in Set(promises.values.map(\.directory)).union(foreseen.keys) { recount(directory, at: now) }
        return true
    }

    /// Takes over a ledger.
    package mutating func show(_ ledger: BudgetLedger, of directory: String, at now: Date) {
        ledgers[directory] = ledger
        recount(directory, at: now)
    }

    /// Counts an order for a look into the future.
    package mutating func foresee(_ order: PlannedOrder, at now: Date) {
        let limits = limits.limits(of: order.directory)
        guard !limits.isEmpty else { return }
        foreseen[order.directory, default: ledgers[order.directory] ?? BudgetLedger()].spend(order.intent, limits: limits, at: now)
    }

    /// What the ledgers say; what attempts that have begun will spend is not in it.
    ///
    /// - Parameter accounts: those that are known, whether or not they have spent anything.
    func report(accounts: [BudgetReport.Account], at now: Date) -> BudgetReport {
        var report = BudgetReport()
        let directories = Set(accounts.map(\.directory)).union(ledgers.keys)
        for directory in directories.sorted() {
            report.add(
                ledgers[directory] ?? BudgetLedger(), of: directory, accounts: accounts.filter { $0.directory == directory },
                limits: limits.limits(of: directory), at: now)
        }
        return report
    }

    private mutating func recount(_ directory: String, at now: Date) {
        foreseen[directory] = nil
        for order in promises.values where order.directory == directory { foresee(order, at: now) }
    }
}
