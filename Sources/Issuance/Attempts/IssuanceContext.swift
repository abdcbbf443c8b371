internal import ACME
internal import Core
internal import Logging
internal import Store
internal import Telemetry

/// What every attempt of one time in office works with.
struct IssuanceContext: Sendable {
    /// What was begun with this context ends with it.
    let fence: LeadershipFence
    /// Refuses writes when it has ended.
    let store: any Store
    let settings: IssuanceSettings
    let time: any TimeSource
    let sessions: ACMESessions
    let challenges: StoredChallenges
    /// Nil where there is no DNS: nothing is looked up, and dns-01 fails.
    let dns: DNSChallenges?
    /// Nil: the CA is told to look without looking before.
    let selfCheck: SelfCheck?
    let renewalInfo: RenewalInfoKeeper
    /// Asks and spends what the CAs allow.
    let budgets: BudgetKeeper
    /// Shows how far challenges are.
    let progress: ChallengeProgress
    let logger: Logger
    /// Gets what is said to CAs, step by step.
    let protocolLogger: Logger
    /// Takes traces of attempts; nil for nobody looks at them.
    let traces: (any TraceSink)?
}

/// What a controller is given for its attempts.
struct IssuanceMeans: Sendable {
    let store: any Store
    let settings: IssuanceSettings
    let time: any TimeSource
    let transports: any ACMETransportFactory
    let dns: (any IssuanceDNS)?
    let programs: PermittedPrograms
    let selfCheck: SelfCheck?
    let revocation: RevocationChecker?
    let table: ChallengeTable
    let board: BudgetBoard
    let progress: ChallengeProgress
    let logger: Logger
    let protocolLogger: Logger
    let traces: (any TraceSink)?
}

extension IssuanceContext {
    /// What a time in office begins with: nothing remembered, everything behind its fence.
    init(fence: LeadershipFence, _ means: IssuanceMeans) {
        let store = LeaderStore(store: means.store, fence: fence)
        let budgets = BudgetKeeper(store: store, settings: means.settings, time: means.time, board: means.board, logger: means.logger)
        let sessions = ACMESessions(
            store: store, settings: means.settings, time: means.time,
            factory: FencedTransportFactory(factory: means.transports, fence: fence), budgets: budgets, logger: means.logger)
        self.init(
            fence: fence, store: store, settings: means.settings, time: means.time, sessions: sessions,
            challenges: StoredChallenges(
                store: store, namespace: means.settings.clusterResourceNamespace, table: means.table, logger: means.logger),
            dns: means.dns.map {
                DNSChallenges(
                    dns: $0, store: store, programs: means.programs, clusterNamespace: means.settings.clusterResourceNamespace,
                    issuersUseAmbientCredentials: means.settings.issuersUseAmbientCredentials, logger: means.logger)
            },
            selfCheck: means.selfCheck,
            renewalInfo: RenewalInfoKeeper(store: store, sessions: sessions, time: means.time, logger: means.logger),
            budgets: budgets, progress: means.progress, logger: means.logger, protocolLogger: means.protocolLogger,
            traces: means.traces)
    }
}
