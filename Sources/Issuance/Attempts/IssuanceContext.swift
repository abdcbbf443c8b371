internal import ACME
internal import Core
internal import Logging
internal import Store

/// What every attempt of one time in office works with.
struct IssuanceContext: Sendable {
    /// What was begun with this context ends with it.
    let fence: LeadershipFence
    /// Refuses writes when it has ended.
    let store: any Store
    let settings: IssuanceSettings
    let time: any TimeSource
    let sessions: ACMESessions
    let challenges: HTTP01Challenges
    let logger: Logger
}

extension IssuanceContext {
    /// What a time in office begins with: nothing remembered, everything behind its fence.
    init(
        fence: LeadershipFence, store: any Store, settings: IssuanceSettings, time: any TimeSource,
        transports: any ACMETransportFactory, table: ChallengeTable, logger: Logger
    ) {
        let store = LeaderStore(store: store, fence: fence)
        self.init(
            fence: fence, store: store, settings: settings, time: time,
            sessions: ACMESessions(
                store: store, settings: settings, time: time, factory: FencedTransportFactory(factory: transports, fence: fence),
                logger: logger),
            challenges: HTTP01Challenges(
                store: store, namespace: settings.clusterResourceNamespace, table: table, logger: logger),
            logger: logger)
    }
}
