internal import ACME
internal import FoundationEssentials
internal import PKI

/// What the CA knows.
extension FakeCA {
    struct Account {
        var thumbprint: String { key.thumbprint }
        var key: JWK
        var contact: [String]
        var status = "valid"
    }

    struct OrderState {
        let account: String
        let identifiers: [ACMEIdentifier]
        let authorizations: [String]
        var expires: Date
        var isInvalidated = false
        var error: Problem?
        var processingReads = 0
        var certificateURL: String?
        var isFinalized = false
    }

    struct AuthorizationState {
        let account: String
        let identifier: ACMEIdentifier
        let isWildcard: Bool
        let token: String
        let challenges: [String]
        /// Reads that still say pending after the answer.
        var pendingReads = 0
        var isAnswered: Bool { answeredType != nil }
        var answeredType: String?
        var failure: Problem?
    }

    func newURL(_ path: String) -> String {
        serial += 1
        return "https://ca.test/\(path)/\(serial)"
    }

    func freshNonce() -> String {
        let nonce = Base64URL.encode((0..<12).map { _ in UInt8.random(in: 0...255, using: &random) })
        nonces.insert(nonce)
        return nonce
    }

    func withNonce(_ response: ACMEHTTPResponse) -> ACMEHTTPResponse {
        ACMEHTTPResponse(
            status: response.status, headers: response.headers + [("Replay-Nonce", freshNonce())], body: response.body)
    }

    func resource(of url: String) -> Resource? {
        guard url.hasPrefix("https://ca.test/") else { return nil }
        let path = url.dropFirst("https://ca.test/".count)
        let prefixed = path.hasPrefix(settings.pathPrefix) ? path.dropFirst(settings.pathPrefix.count) : ""
        if let moved = prefixed.split(separator: "/").first.flatMap({ Resource(rawValue: String($0)) }), moved.isInDirectory {
            return moved
        }
        guard let plain = path.split(separator: "/").first.flatMap({ Resource(rawValue: String($0)) }) else { return nil }
        return plain.isInDirectory ? nil : plain
    }

    func status(of authorization: AuthorizationState) -> Authorization.Status {
        guard authorization.isAnswered, authorization.pendingReads >= settings.authorizationPolls else { return .pending }
        return authorization.failure == nil ? .valid : .invalid
    }

    func status(of order: OrderState) -> Order.Status {
        if order.isInvalidated { return .invalid }
        if order.isFinalized { return order.processingReads >= settings.processingPolls ? .valid : .processing }
        let all = order.authorizations.compactMap { authorizations[$0] }.map(status(of:))
        if all.contains(.invalid) { return .invalid }
        return all.allSatisfy { $0 == .valid } ? .ready : .pending
    }
}
