import Logging
import NIOEmbedded
import Policies

@testable import Proxy

/// A loop whose time only a test moves.
struct TestLoop {
    let embedded = EmbeddedEventLoop()
    let loop: ProxyLoop

    init() throws {
        guard let tls = try TLSPolicySet.shipped()["intermediate"] else { throw World.Missing(what: "policy") }
        loop = ProxyLoop(
            eventLoop: embedded, configuration: ProxyConfiguration(http: [], https: [], threads: 1, tls: tls),
            contexts: TLSContextCache(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
            challengeContexts: ChallengeContexts(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
