internal import Core
internal import Issuance
internal import NIOHTTP1

/// What is refused before any handler sees it.
struct AdminGate {
    let access: AdminAccess
    let isLoopback: Bool

    /// The answer to a request that goes no further; nil lets it through.
    func refusal(of head: HTTPRequestHead) -> AdminResponse? {
        guard head.method == .GET || head.method == .HEAD || head.method == .POST else {
            return .text(405, "method \(head.method) is not allowed, only GET, HEAD and POST")
        }
        // On a loopback address the API is for this machine, so a page that rebinds its own name to 127.0.0.1 (DNS rebinding) is told
        // apart by the name it asks for.
        if isLoopback, !isOfThisMachine(head.headers.first(name: "Host") ?? "") {
            return .text(421, "this address answers for localhost only")
        }
        return head.method == .POST ? operationRefusal(head.headers).map { .failure($0) } : nil
    }

    private func isOfThisMachine(_ host: String) -> Bool {
        let name = ListenAddress(host) ?? ListenAddress(host: host, port: 0)
        return name.isLoopback || host == "[::1]"
    }

    private func operationRefusal(_ headers: HTTPHeaders) -> OperationFailure? {
        guard headers.contains(name: AdminAccess.header) else {
            return OperationFailure(.unauthorized, "request", "it lacks the header \(AdminAccess.header)")
        }
        if let origin = headers.first(name: "Origin") {
            return OperationFailure(.unauthorized, "request", "it comes from a page in a browser", got: origin)
        }
        guard headers[canonicalForm: "Authorization"].count <= 1,
            access.allows(authorization: headers.first(name: "Authorization"), isLoopback: isLoopback)
        else {
            return OperationFailure(
                .unauthorized, "request", "it does not show that it may change anything",
                allowed: "Authorization: Bearer with the token of --admin-token-file"
                    + (isLoopback ? "" : "; without such a token, only requests to a loopback address"))
        }
        return nil
    }
}
