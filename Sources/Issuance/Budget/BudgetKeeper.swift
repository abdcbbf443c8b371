internal import CALimits
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import Store

/// Asks and spends what the CAs allow, for all attempts of one time in office: the one writer of the ledgers.
///
/// An order is counted in the store before the CA hears of it. What comes up while a ledger is being written goes into the next writing
/// together, so twenty orders at once cost one or two writes. Each write is bound to the version that was read: a leader that was replaced
/// without knowing it cannot lose what its successor has spent, and what it was about to spend is then judged anew.
///
/// A crash between the write and the order has counted one order too many; none is ever missing. If the ledger cannot be stored, nothing
/// is ordered.
actor BudgetKeeper {
    /// What is to be written into a ledger.
    private enum Change: Sendable {
        case order(OrderIntent)
        case noCertificate(OrderIntent)
        case success(OrderIntent)
        case failures(hosts: [String], account: String)
        case refusal(notBefore: Date, words: String, OrderIntent)
        case account
    }

    private struct Request {
        let change: Change
        let answer: CheckedContinuation<Result<Admission, IssuanceError>, Never>
    }

    /// A ledger as it is stored.
    private struct Stored {
        var ledger: BudgetLedger
        /// Nil when there is none.
        var version: String?
    }

    private let store: any Store
    private let namespace: String
    private let time: any TimeSource
    private let logger: Logger
    private let board: BudgetBoard
    private var stored: [String: Stored] = [:]
    private var requests: [String: [Request]] = [:]
    private var writing: Set<String> = []

    init(store: any Store, settings: IssuanceSettings, time: any TimeSource, board: BudgetBoard, logger: Logger) {
        self.store = store
        self.namespace = settings.clusterResourceNamespace
        self.time = time
        self.board = board
        self.logger = logger
    }

    /// Asks whether an order may be sent now, and counts it if so. To be called right before the order is sent.
    ///
    /// - Returns: ``Admission/now`` once it is counted durably.
    /// - Throws: when the ledger cannot be read or written.
    func admit(_ order: PlannedOrder, for secret: NamespacedName) async throws(IssuanceError) -> Admission {
        let result = try await apply(.order(order.intent), order.directory)
        board.keep(secret, at: time.now())
        return result
    }

    /// Asks whether a new account may be asked for now, and counts it if so.
    func admitAccount(_ directory: String) async throws(IssuanceError) -> Admission {
        guard board.limits(of: directory).contains(where: { $0.counts == .accounts }) else { return .now }
        return try await apply(.account, directory)
    }

    /// Notes that an order ends with a certificate.
    func succeeded(_ order: PlannedOrder) async { await note(.success(order.intent), order.directory) }

    /// Notes that an order which was counted ends without a certificate.
    func endedWithoutCertificate(_ order: PlannedOrder) async { await note(.noCertificate(order.intent), order.directory) }

    /// Notes that the CA could not validate names.
    func failed(hosts: [String], _ order: PlannedOrder) async {
        guard !hosts.isEmpty else { return }
        await note(.failures(hosts: hosts, account: order.intent.account), order.directory)
    }

    /// Notes that the CA has been asked too often.
    func refused(until notBefore: Date, words: String, _ order: PlannedOrder) async {
        await note(.refusal(notBefore: notBefore, words: words, order.intent), order.directory)
    }

    private func note(_ change: Change, _ directory: String) async {
        do throws(IssuanceError) { _ = try await apply(change, directory) } catch {
            // It was counted as spent before; what is lost makes us wait too long, or is learned from the CA again.
            logger.warning("a CA budget could not be stored", metadata: ["directory": "\(directory)", "error": "\(error)"])
        }
    }

    private func apply(_ change: Change, _ directory: String) async throws(IssuanceError) -> Admission {
        let result = await withCheckedContinuation { answer in
            requests[directory, default: []].append(Request(change: change, answer: answer))
            guard writing.insert(directory).inserted else { return }
            Task { await work(directory) }
        }
        return try result.get()
    }

    /// Answers requests until there are none.
    private func work(_ directory: String) async {
        while let batch = requests.removeValue(forKey: directory), !batch.isEmpty {
            let result = await write(batch.map(\.change), directory)
            for (index, request) in batch.enumerated() { request.answer.resume(returning: result.map { $0[index] }) }
        }
        writing.remove(directory)
    }

    /// Makes changes durable, all or none.
    private func write(_ changes: [Change], _ directory: String) async -> Result<[Admission], IssuanceError> {
        for _ in 0..<IssuanceLimits.writeConflictsMax {
            do {
                let before = try await read(directory)
                var ledger = before.ledger
                let now = time.now()
                let limits = board.limits(of: directory)
                let admissions = changes.map { apply($0, to: &ledger, limits, at: now) }
                guard !ledger.holdsSame(as: before.ledger) else {
                    board.show(ledger, of: directory, at: now)
                    return .success(admissions)
                }
                let secret = try BudgetSecret.secret(ledger, of: directory, namespace: namespace)
                // Until the store has said so it is not known what it holds.
                stored[directory] = nil
                let version = try await store.put(secret, expecting: before.version.map { .version($0) } ?? .absent)
                stored[directory] = Stored(ledger: ledger, version: version)
                board.show(ledger, of: directory, at: now)
                return .success(admissions)
            } catch let error as StoreError where error.code == .conflict {
                stored[directory] = nil
            } catch let error as IssuanceError {
                return .failure(error)
            } catch {
                stored[directory] = nil
                return .failure(IssuanceError(.ours, "the budget of \(directory) cannot be stored: \(error)"))
            }
        }
        return .failure(
            IssuanceError(.ours, "the budget of \(directory) changed \(IssuanceLimits.writeConflictsMax) times while it was written"))
    }

    private func apply(_ change: Change, to ledger: inout BudgetLedger, _ limits: [CALimit], at now: Date) -> Admission {
        ledger.settle(at: now, limits: limits)
        switch change {
        case .order(let order):
            let admission = ledger.admission(for: order, limits: limits, at: now)
            if admission == .now { ledger.spend(order, limits: limits, at: now) }
            return admission
        case .account:
            let admission = ledger.admissionOfAccount(limits: limits, at: now)
            if admission == .now { ledger.spendAccount(limits: limits, at: now) }
            return admission
        case .noCertificate(let order): ledger.refund(order, limits: limits, at: now)
        case .success(let order): ledger.noteSuccess(order, limits: limits, at: now)
        case .failures(let hosts, let account):
            for host in hosts { ledger.spendFailure(of: host, account: account, limits: limits, at: now) }
        case .refusal(let notBefore, let words, let order):
            ledger.note(notBefore: notBefore, words: words, order: order, limits: limits, at: now)
        }
        return .now
    }

    private func read(_ directory: String) async throws -> Stored {
        if let known = stored[directory] { return known }
        let name = BudgetSecret.name(of: directory, namespace: namespace)
        let secret: Secret?
        do { secret = try await store.secret(name) } catch {
            throw IssuanceError(.ours, "the budget of \(directory) cannot be read: \(error)")
        }
        guard let secret else { return Stored(ledger: BudgetLedger(), version: nil) }
        guard SecretRole(of: secret) == .budget else {
            throw IssuanceError(.configuration, "Secret \(name) is needed for the budget of \(directory), but is not ours")
        }
        guard let (_, ledger) = BudgetSecret.read(secret) else {
            // A newer version's, or damaged. The CA counts as well, and says so.
            logger.warning("a CA budget cannot be read and begins anew", metadata: ["secret": "\(name)", "directory": "\(directory)"])
            return Stored(ledger: BudgetLedger(), version: secret.metadata.resourceVersion)
        }
        let known = Stored(ledger: ledger, version: secret.metadata.resourceVersion)
        stored[directory] = known
        return known
    }
}
