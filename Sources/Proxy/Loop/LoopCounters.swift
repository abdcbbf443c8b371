/// What one loop counts. An object, so that counting is a plain store: as a struct in a property, each count would be checked for
/// overlapping accesses at run time.
final class LoopCounters {
    var connectionsAccepted: UInt64 = 0
    var acceptPauses: UInt64 = 0
    var handshakes: UInt64 = 0
    var handshakeFailures: UInt64 = 0
    var responses1xx: UInt64 = 0
    var responses2xx: UInt64 = 0
    var responses3xx: UInt64 = 0
    var responses4xx: UInt64 = 0
    var responses5xx: UInt64 = 0
    var localAnswers: UInt64 = 0
    var exchangesCut: UInt64 = 0
    var exchangesActive: UInt64 = 0
    var upstreamConnections: UInt64 = 0
    var upstreamConnectFailures: UInt64 = 0
    var upstreamFailures: UInt64 = 0
    var staleRetries: UInt64 = 0

    @inline(__always)
    func countResponse(status: Int) {
        switch status {
        case 200..<300: responses2xx &+= 1
        case 300..<400: responses3xx &+= 1
        case 400..<500: responses4xx &+= 1
        case 500..<600: responses5xx &+= 1
        default: responses1xx &+= 1
        }
    }

    /// As of now, with what is not counted but looked up.
    func snapshot(connectionsOpen: Int, upstreamConnectionsIdle: Int) -> ProxyCounters {
        var counters = ProxyCounters()
        counters.connectionsAccepted = connectionsAccepted
        counters.connectionsOpen = UInt64(connectionsOpen)
        counters.acceptPauses = acceptPauses
        counters.handshakes = handshakes
        counters.handshakeFailures = handshakeFailures
        counters.responses1xx = responses1xx
        counters.responses2xx = responses2xx
        counters.responses3xx = responses3xx
        counters.responses4xx = responses4xx
        counters.responses5xx = responses5xx
        counters.localAnswers = localAnswers
        counters.exchangesCut = exchangesCut
        counters.exchangesActive = exchangesActive
        counters.upstreamConnections = upstreamConnections
        counters.upstreamConnectFailures = upstreamConnectFailures
        counters.upstreamFailures = upstreamFailures
        counters.staleRetries = staleRetries
        counters.upstreamConnectionsIdle = UInt64(upstreamConnectionsIdle)
        return counters
    }
}
