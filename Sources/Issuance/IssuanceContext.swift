internal import ACME
internal import Core
internal import Logging
internal import Store

/// What every attempt works with.
struct IssuanceContext: Sendable {
    let store: any Store
    let settings: IssuanceSettings
    let time: any TimeSource
    let sessions: ACMESessions
    let challenges: HTTP01Challenges
    let logger: Logger
}
