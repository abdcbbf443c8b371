internal import ACME

/// Connections to CAs that carry requests only as long as their leader leads.
struct FencedTransportFactory: ACMETransportFactory {
    let factory: any ACMETransportFactory
    let fence: LeadershipFence

    func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport {
        let opened = try factory.open(configuration)
        return OpenACMETransport(Transport(transport: opened.transport, fence: fence), close: opened.close)
    }

    private struct Transport: ACMETransport {
        let transport: any ACMETransport
        let fence: LeadershipFence

        func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
            // Cancelled, since nobody has failed and trying again is of no use.
            guard fence.isStanding else { throw ACMETransportError(.cancelled, LeadershipFence.refusal) }
            return try await transport.send(request)
        }
    }
}
