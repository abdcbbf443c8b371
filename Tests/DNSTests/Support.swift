import Core
import DNS
import TestKit

extension DNSResolver {
    /// A resolver that asks these servers, and them only.
    convenience init(_ servers: DNSServer..., datagram: Duration = .seconds(2), stream: Duration = .seconds(5)) {
        self.init(
            nameservers: servers.map { Nameserver(host: "127.0.0.1", port: UInt16($0.port)) },
            timeouts: Timeouts(datagram: datagram, stream: stream, total: .seconds(10)))
    }
}

/// The error of an operation that must fail.
func failure<R>(_ operation: () async throws(DNSError) -> R) async -> DNSError? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error
    }
}
