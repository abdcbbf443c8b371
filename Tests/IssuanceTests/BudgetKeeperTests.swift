import CALimits
import Core
import FoundationEssentials
import KubernetesAPI
import Store
import Synchronization
import TestKit
import Testing

@testable import Issuance

/// A store of two processes in which writes may fail, and may be followed by another's.
private final class SharedStore: Store {
    private struct State {
        var secrets: [NamespacedName: Secret] = [:]
        var version = 0
        var puts = 0
        var failure: (code: StoreError.Code, isWritten: Bool)?
    }

    private let state = Mutex(State())

    var puts: Int { state.withLock { $0.puts } }

    /// Lets the next write fail; it may take place all the same.
    func failNext(_ code: StoreError.Code, isWritten: Bool) { state.withLock { $0.failure = (code, isWritten) } }

    func updates() -> AsyncStream<StoreUpdate> { AsyncStream { $0.finish() } }

    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        let outcome: Result<String, StoreError> = state.withLock { state in
            state.puts += 1
            let failure = state.failure
            state.failure = nil
            let error = StoreError(failure?.code ?? .conflict, subject: "Secret \(secret.metadata.id)", reason: "scripted")
            if let failure, !failure.isWritten { return .failure(error) }
            let stored = state.secrets[secret.metadata.id]?.metadata.resourceVersion
            switch condition {
            case .any: break
            case .absent where stored != nil: return .failure(error)
            case .version(let version) where version != stored: return .failure(error)
            case .absent, .version: break
            }
            state.version += 1
            var secret = secret
            secret.metadata.resourceVersion = "\(state.version)"
            state.secrets[secret.metadata.id] = secret
            return failure == nil ? .success("\(state.version)") : .failure(error)
        }
        return try outcome.get()
    }

    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String { "" }
    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {}
    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {}
    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? { state.withLock { $0.secrets[name] } }
    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { nil }
}

@Suite("Budget keeper: orders are counted before they are sent") struct BudgetKeeperTests {
    private static let directory = "https://ca.test/directory"
    private static let secret = NamespacedName(namespace: "web", name: "tls")
    private let store = SharedStore()
    private let time = ControlledTime(noon)
    private let settings: IssuanceSettings

    init() {
        let limit = CALimit(name: "orders", counts: .orders, scope: .account, count: 10, window: .hours(1), exemptions: [.ariRenewals])
        let certificates = CALimit(name: "certificates", counts: .certificates, scope: .registeredDomain, count: 3, window: .hours(30))
        settings = IssuanceSettings(
            caLimits: CALimitsSet([CALimitsDocument(name: "test", servers: [Self.directory], limits: [limit, certificates])]))
    }

    private func keeper(_ board: BudgetBoard? = nil) -> BudgetKeeper {
        BudgetKeeper(
            store: store, settings: settings, time: time, board: board ?? BudgetBoard(limits: settings.caLimits),
            logger: LogCapture().logger)
    }

    private func order(_ name: String, ari: Bool = false) -> PlannedOrder {
        PlannedOrder(directory: Self.directory, intent: OrderIntent(account: "a", names: [name], isARIRenewal: ari))
    }

    private func admit(_ keeper: BudgetKeeper, _ name: String) async throws -> Bool {
        try await keeper.admit(order(name), for: Self.secret) == .now
    }

    @Test func `what one process has spent the next one knows`() async throws {
        for index in 0..<10 { #expect(try await admit(keeper(), "h.d\(index).example"), "\(index)") }
        #expect(try await !admit(keeper(), "h.d11.example"))
        time.advance(by: .seconds(370))
        #expect(try await admit(keeper(), "h.d11.example"))
        #expect(try await !admit(keeper(), "h.d12.example"))
    }

    @Test func `twenty at once cost few writes, and not one too many is let through`() async throws {
        let keeper = keeper()
        let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<20 { group.addTask { try await admit(keeper, "h.d\(index).example") } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(admitted == 10)
        #expect(store.puts <= 12)
    }

    @Test func `two leaders together spend no more than there is, and lose nothing of each other's`() async throws {
        let both = [keeper(), keeper()]
        var admitted = 0
        for index in 0..<20 where try await admit(both[index % 2], "h.d\(index).example") { admitted += 1 }
        #expect(admitted == 10)
    }

    @Test func `a write that fails stops the order; one of which it is not known may count, and never counts too little`() async throws {
        let keeper = keeper()
        store.failNext(.io(errno: 5), isWritten: false)
        await #expect(throws: IssuanceError.self) { try await admit(keeper, "h.d0.example") }
        store.failNext(.unavailable(retryAfter: nil), isWritten: true)
        await #expect(throws: IssuanceError.self) { try await admit(keeper, "h.d0.example") }
        var admitted = 0
        for index in 1..<20 where try await admit(keeper, "h.d\(index).example") { admitted += 1 }
        #expect(admitted == 9)
    }

    @Test func `renewals by ARI cost no write, and unknown CAs none either`() async throws {
        let keeper = keeper()
        let free = CALimit(name: "x", counts: .orders, scope: .account, count: 1, window: .hours(1))
        #expect(free.concerns(order("a.example").intent))
        let other = PlannedOrder(directory: "https://other.test/dir", intent: OrderIntent(account: "a", names: ["a.example"]))
        for _ in 0..<30 { #expect(try await keeper.admit(other, for: Self.secret) == .now) }
        #expect(store.puts == 0)
    }

    @Test func `what a 429 of an unknown CA said is kept, and for the account that it was said to`() async throws {
        let other = PlannedOrder(directory: "https://other.test/dir", intent: OrderIntent(account: "a", names: ["a.example"]))
        await keeper().refused(until: noon.addingTimeInterval(600), words: "slow down", other)
        guard case .notBefore(let until, let hold) = try await keeper().admit(other, for: Self.secret) else {
            Issue.record("let through")
            return
        }
        #expect(until == noon.addingTimeInterval(600) && hold.reason == "the CA said: slow down")
        time.advance(by: .seconds(601))
        #expect(try await keeper().admit(other, for: Self.secret) == .now)
    }

    @Test func `an order without a certificate gives it back`() async throws {
        let keeper = keeper()
        for index in 0..<3 { #expect(try await admit(keeper, "h\(index).big.example")) }
        #expect(try await !admit(keeper, "h3.big.example"))
        await keeper.endedWithoutCertificate(order("h0.big.example"))
        #expect(try await admit(keeper, "h3.big.example"))
    }

    @Test func `somebody else's Secret in the way stops orders, with its name`() async throws {
        let name = BudgetSecret.name(of: Self.directory, namespace: settings.clusterResourceNamespace)
        _ = try await store.put(Secret(metadata: ObjectMeta(id: name), data: [:]), expecting: .any)
        await #expect(
            throws: IssuanceError(.configuration, "Secret \(name) is needed for the budget of \(Self.directory), but is not ours")
        ) {
            try await admit(keeper(), "a.example")
        }
    }

    @Test func `the plan sees what is spent, and what attempts will spend`() async throws {
        let board = BudgetBoard(limits: settings.caLimits)
        let keeper = keeper(board)
        for index in 0..<2 { _ = try await admit(keeper, "h\(index).big.example") }
        #expect(board.budgets.admission(order("h2.big.example"), at: noon) == .now)
        board.promise(order("h2.big.example"), of: Self.secret, at: noon)
        #expect(board.budgets.admission(order("h3.big.example"), at: noon) != .now)
        #expect(board.keep(Self.secret, at: noon))
        #expect(board.budgets.admission(order("h3.big.example"), at: noon) == .now)
    }

    @Test func `other limits hold at once, for the plan and for the ledger, and what is spent stays spent`() async throws {
        let board = BudgetBoard(limits: settings.caLimits)
        let keeper = keeper(board)
        for index in 0..<10 { #expect(try await admit(keeper, "h.d\(index).example")) }
        #expect(try await !admit(keeper, "h.d10.example"))
        func limits(_ count: Int) -> CALimitsSet {
            let limit = CALimit(name: "orders", counts: .orders, scope: .account, count: count, window: .hours(1))
            return CALimitsSet([CALimitsDocument(name: "test", servers: [Self.directory], limits: [limit])])
        }
        #expect(board.adopt(limits(5), at: noon))
        #expect(!board.adopt(limits(5), at: noon))
        #expect(board.budgets.admission(order("h.d10.example"), at: noon) != .now)
        #expect(try await !admit(keeper, "h.d10.example"))
        // None of a CA that has no limits any more.
        #expect(board.adopt(CALimitsSet(), at: noon))
        #expect(board.budgets.admission(order("h.d10.example"), at: noon) == .now)
        #expect(try await admit(keeper, "h.d10.example"))
        let report = board.budgets.report(accounts: [BudgetReport.Account(directory: Self.directory, account: "a")], at: noon)
        #expect(report.entries.isEmpty && report.accounts.count == 1)
        #expect(board.adopt(settings.caLimits, at: noon))
        #expect(try await !admit(keeper, "h.d11.example"))
    }
}
