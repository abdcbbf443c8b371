internal import ACME
internal import FoundationEssentials
internal import Synchronization

/// Counts the requests that were sent to CAs, behind a lock: there are few of them, and each takes longer than anything here.
public final class ACMERequestCounts: Sendable {
    /// What requests have in common that are counted together.
    public struct Key: Hashable, Sendable {
        /// `https`, or `http` with a CA on this machine.
        public let scheme: String
        /// The CA's host with its port; `other` for those after the first hundred.
        public let host: String
        /// What the CA's directory calls the resource (RFC 8555 §7.1.1): `newNonce`, `newOrder`, ...; `directory` itself, or `resource` for
        /// orders, authorizations, challenges and certificates.
        public let action: String
        /// GET, HEAD or POST.
        public let method: String
        /// The status of the answer; nil when there was none.
        public let status: Int?
    }

    /// How many there were, and how long they took.
    public struct Count: Hashable, Sendable {
        /// Requests.
        public var requests: UInt64 = 0
        /// The sum of what they took.
        public var seconds = 0.0
    }

    private struct State {
        var counts: [Key: Count] = [:]
        var hosts: Set<String> = []
        /// Resources of directories that were seen, by URL.
        var actions: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Nothing was sent.
    public init() {}

    /// As of now.
    public var counts: [Key: Count] { state.withLock(\.counts) }

    /// A factory whose transports are counted here.
    public func counting(_ factory: any ACMETransportFactory) -> any ACMETransportFactory {
        CountingFactory(factory: factory, counts: self)
    }

    func count(_ request: ACMEHTTPRequest, _ response: ACMEHTTPResponse?, took duration: Duration) {
        let parts = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let scheme = parts.first.map { String($0.dropLast()) } ?? ""
        let host = parts.count > 2 ? String(parts[2]) : ""
        let learned = request.method == .get ? response.map { Self.resources(of: $0) } ?? [] : []
        state.withLock { state in
            if state.actions.count + learned.count <= Self.resourcesMax {
                for (url, action) in learned { state.actions[url] = action }
            }
            if state.hosts.count < Self.hostsMax { state.hosts.insert(host) }
            let action =
                switch request.method {
                case .head: "newNonce"
                case .get: request.url.contains("/directory") || !learned.isEmpty ? "directory" : "renewalInfo"
                case .post: state.actions[request.url] ?? "resource"
                }
            let key = Key(
                scheme: scheme, host: state.hosts.contains(host) ? host : "other", action: action, method: request.method.rawValue,
                status: response?.status)
            state.counts[key, default: Count()].requests += 1
            state.counts[key, default: Count()].seconds += duration / .seconds(1)
        }
    }

    /// The members of a directory that requests are posted to.
    private static func resources(of response: ACMEHTTPResponse) -> [(url: String, action: String)] {
        guard response.status == 200, let directory = try? JSONDecoder().decode(Directory.self, from: Data(response.body)) else {
            return []
        }
        return [
            (directory.newAccount, "newAccount"), (directory.newOrder, "newOrder"), (directory.revokeCert, "revokeCert"),
            (directory.keyChange, "keyChange"),
        ].compactMap { url, action in url.map { ($0, action) } }
    }

    private struct Directory: Decodable {
        let newAccount: String?
        let newOrder: String?
        let revokeCert: String?
        let keyChange: String?
    }

    /// Hosts that are told apart; an issuer may be anybody's, and labels must not grow without end.
    private static let hostsMax = 100
    /// Four for each of them.
    private static let resourcesMax = 400
}

private struct CountingFactory: ACMETransportFactory {
    let factory: any ACMETransportFactory
    let counts: ACMERequestCounts

    func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport {
        let opened = try factory.open(configuration)
        return OpenACMETransport(CountingTransport(transport: opened.transport, counts: counts), close: opened.close)
    }
}

private struct CountingTransport: ACMETransport {
    let transport: any ACMETransport
    let counts: ACMERequestCounts

    func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
        let began = ContinuousClock.now
        do throws(ACMETransportError) {
            let response = try await transport.send(request)
            counts.count(request, response, took: began.duration(to: .now))
            return response
        } catch {
            counts.count(request, nil, took: began.duration(to: .now))
            throw error
        }
    }
}
