internal import Core
internal import Issuance
internal import NIOHTTP1

/// What is answered before any handler sees it: who may not come in is refused, and who wants to sign in does so here.
struct AdminGate {
    let credentials: AdminCredentials
    /// Whether the server listens on a loopback address.
    let isLoopback: Bool
    /// The address that the connection comes from.
    let remote: String

    /// Whoever looks after the process reads these without a token: the kubelet, Prometheus.
    static let openPaths: Set<String> = ["/healthz", "/livez", "/readyz", "/startupz", "/metrics"]
    /// Fingerprints of what is served, which anybody sees who visits the hosts; the other replicas ask for them.
    static let servedPath = "/api/v1/served"

    /// The answer to a request that goes no further; nil lets it through.
    func answer(_ head: HTTPRequestHead, body: [UInt8]) -> AdminResponse? {
        guard head.method == .GET || head.method == .HEAD || head.method == .POST else {
            return .text(405, "method \(head.method) is not allowed, only GET, HEAD and POST").with("Allow", "GET, HEAD, POST")
        }
        // On a loopback address the API is for this machine, so a page that rebinds its own name to 127.0.0.1 (DNS rebinding) is told
        // apart by the name it asks for.
        if isLoopback, !isOfThisMachine(head.headers.first(name: "Host") ?? "") {
            return .text(421, "this address answers for localhost only")
        }
        let path = Self.path(of: head)
        if head.method == .POST {
            return AdminLogin(gate: self).answer(path, head.headers, body) ?? operationRefusal(head.headers)
        }
        return isOpen(path) ? nil : questionRefusal(path, head.headers)
    }

    /// The path without the query, as sent.
    static func path(of head: HTTPRequestHead) -> String {
        String(head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0])
    }

    private func isOpen(_ path: String) -> Bool {
        isLoopback || Self.openPaths.contains(path) || (path == Self.servedPath && !credentials.access.hasToken)
    }

    private func isOfThisMachine(_ host: String) -> Bool {
        let name = ListenAddress(host) ?? ListenAddress(host: host, port: 0)
        return name.isLoopback || host == "[::1]"
    }

    private func questionRefusal(_ path: String, _ headers: HTTPHeaders) -> AdminResponse? {
        let access = credentials.access
        guard access.hasToken else {
            if path == "/" { return DashboardPage.locked }
            let reason =
                access.asksForToken ? "no token can be read; the log says why" : "off the loopback it takes a token, and none is configured"
            return .failure(
                OperationFailure(
                    .unauthorized, "admin API", reason,
                    allowed: "health and metrics; everything else with the token of --admin-token-file or --admin-token-secret"))
        }
        if hasSession(headers) { return nil }
        switch bearer(headers) {
        case .right: return nil
        case .tooMany(let seconds): return Self.tooMany(seconds)
        case .wrong, nil:
            if path == "/" { return DashboardPage.login(.none) }
            return AdminResponse.failure(
                OperationFailure(
                    .unauthorized, "request", "it does not show the token",
                    allowed: "Authorization: Bearer with the token of the server; certctl takes it from --admin-token-file"), status: 401
            ).with("WWW-Authenticate", #"Bearer realm="certctl""#)
        }
    }

    /// Whether the cookie of a session that goes on comes along.
    func hasSession(_ headers: HTTPHeaders) -> Bool { AdminLogin.session(in: headers).map { credentials.hasSession($0) } ?? false }

    private func operationRefusal(_ headers: HTTPHeaders) -> AdminResponse? {
        guard headers.contains(name: AdminAccess.header) else {
            return .failure(OperationFailure(.unauthorized, "request", "it lacks the header \(AdminAccess.header)"))
        }
        if let origin = headers.first(name: "Origin") {
            return .failure(OperationFailure(.unauthorized, "request", "it comes from a page in a browser", got: origin))
        }
        // A session of the dashboard only looks: it is worth nothing here.
        if isLoopback, !credentials.access.asksForToken { return nil }
        switch bearer(headers) {
        case .right: return nil
        case .tooMany(let seconds): return Self.tooMany(seconds)
        case .wrong, nil:
            return .failure(
                OperationFailure(
                    .unauthorized, "request", "it does not show that it may change anything",
                    allowed: "Authorization: Bearer with the token of --admin-token-file or --admin-token-secret"
                        + (isLoopback ? "" : "; without such a token, only requests to a loopback address")))
        }
    }

    /// What came of the `Authorization` field; nil when none shows a bearer token.
    private func bearer(_ headers: HTTPHeaders) -> AdminCredentials.Outcome? {
        let fields = headers[canonicalForm: "Authorization"]
        guard fields.count == 1, let token = AdminAccess.bearerToken(in: String(fields[0])), credentials.access.hasToken else { return nil }
        return credentials.judge(bearer: token, from: remote)
    }

    private static func tooMany(_ seconds: Int) -> AdminResponse {
        AdminResponse.failure(
            OperationFailure(
                .unauthorized, "request", "too many wrong tokens came from this address", allowed: "the next one in \(seconds) s"),
            status: 429
        ).with("Retry-After", "\(seconds)")
    }
}
