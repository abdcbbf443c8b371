internal import ACME
internal import CALimits
internal import Core
internal import FoundationEssentials

/// The journal of one run of an order that asks for leave, and counts, before each order is sent.
actor BudgetedJournal: OrderJournal {
    private let journal: any OrderJournal
    /// Keeps the order for another run; nil when none will go on with it.
    private let keeper: RecordKeeper?
    private let budgets: BudgetKeeper
    private let target: NamespacedName
    /// What the plan expects to be ordered.
    private let planned: PlannedOrder
    /// The order that is counted, and may still become a certificate.
    private var counted: PlannedOrder?

    /// Begins a run.
    ///
    /// - Parameter isResumed: Whether an order is there already, which was counted when it was sent.
    init(
        _ journal: any OrderJournal, budgets: BudgetKeeper, target: NamespacedName, planned: PlannedOrder, order keeper: RecordKeeper?,
        isResumed: Bool
    ) {
        self.journal = journal
        self.keeper = keeper
        self.budgets = budgets
        self.target = target
        self.planned = planned
        counted = isResumed ? planned : nil
    }

    func save(_ record: OrderRecord) async throws { try await journal.save(record) }

    func willOrder(_ request: OrderRequest, replaces: String?) async throws {
        // The one before is over: it was refused, or a validation failed.
        if let counted { await budgets.endedWithoutCertificate(counted) }
        counted = nil
        let names = request.identifiers.map(\.value)
        let order = PlannedOrder(
            directory: planned.directory,
            intent: OrderIntent(
                account: planned.intent.account, names: names, isARIRenewal: replaces != nil,
                hasSameNames: planned.intent.hasSameNames && planned.intent.names == names.sorted()))
        switch try await budgets.admit(order, for: target) {
        case .now: counted = order
        case .notBefore(let until, let hold):
            throw ACMEError(
                .cancelled, fault: .certificateAuthority, subject: "order for \(request.namesShown)", reason: hold.reason, retryAfter: until
            )
        }
    }

    func validationFailed(of identifier: ACMEIdentifier) async {
        await budgets.failed(hosts: [identifier.value], counted ?? planned)
    }

    /// Notes how the run ended.
    func ended(_ error: ACMEError?) async {
        let order = counted ?? planned
        guard let error else {
            await budgets.succeeded(order)
            return
        }
        if error.code == .rateLimited, let until = error.retryAfter {
            await budgets.refused(until: until, words: error.problem?.detail ?? "", order)
        }
        // An order that is still there will be gone on with.
        if let counted, await keeper?.record.order?.orderURL == nil { await budgets.endedWithoutCertificate(counted) }
    }
}
