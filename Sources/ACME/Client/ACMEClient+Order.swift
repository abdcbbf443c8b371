internal import Core
internal import FoundationEssentials
internal import PKI

extension ACMEClient {
    /// An order and what came with it.
    public struct OrderAnswer: Sendable, Hashable {
        /// The order's own URL.
        public let url: String
        /// The order.
        public let order: Order
        /// How long the CA wants to be left alone, if it says so.
        public let retryAfter: Duration?
    }

    /// An authorization and what came with it.
    public struct AuthorizationAnswer: Sendable, Hashable {
        /// The authorization.
        public let authorization: Authorization
        /// How long the CA wants to be left alone, if it says so.
        public let retryAfter: Duration?
    }

    /// Makes an order. RFC 8555 §7.4. Never repeated by itself when the answer is lost: each repeat could make one more order.
    ///
    /// - Parameter replaces: the ARI identifier of the certificate that the new one replaces (RFC 9773 §5), or nil.
    public func newOrder(_ request: OrderRequest, replaces: String?, account: ACMEAccount) async throws(ACMEError) -> OrderAnswer {
        let directory = try await directory()
        let subject = "newOrder at \(directory.newOrder) for \(request.namesShown)"
        if let profile = request.profile { try ACMEClient.check(profile, in: directory, subject: subject) }
        let payload = NewOrder(
            identifiers: request.identifiers, notAfter: request.notAfter.map(Timestamp.rfc3339), profile: request.profile,
            replaces: replaces)
        let response = try await post(
            to: { $0.newOrder }, named: "newOrder", try JSONBody.encode(payload, subject: subject), signer: RequestSigner(account),
            subject: subject, isRepeatable: false)
        guard let location = response.header("Location") else {
            throw .malformed(subject, "the answer has no Location", status: response.status)
        }
        let url = try policy.check(location, "the order URL", subject: subject)
        return try orderAnswer(response, url: url, subject: subject)
    }

    /// Reads an order again. RFC 8555 §7.4.
    public func order(at url: String, account: ACMEAccount) async throws(ACMEError) -> OrderAnswer {
        let subject = "order \(url)"
        return try orderAnswer(try await postAsGet(url, account: account, subject: subject), url: url, subject: subject)
    }

    /// Reads an authorization. RFC 8555 §7.5.
    public func authorization(at url: String, account: ACMEAccount) async throws(ACMEError) -> AuthorizationAnswer {
        let subject = "authorization \(url)"
        let response = try await postAsGet(url, account: account, subject: subject)
        let authorization = try AnswerReader.object(Authorization.self, in: response, subject: subject)
        return AuthorizationAnswer(
            authorization: try policy.check(authorization, subject: subject), retryAfter: retryAfter(response))
    }

    /// Says that a challenge is ready to be looked at. RFC 8555 §7.5.1. The answer is not kept: the authorization tells more.
    public func respond(to challenge: Challenge, account: ACMEAccount) async throws(ACMEError) {
        let subject = "\(challenge.type) challenge \(challenge.url)"
        _ = try await post(
            challenge.url, JSONBody.emptyObject, signer: RequestSigner(account), subject: subject, isRepeatable: false)
    }

    /// Sends the CSR. RFC 8555 §7.4. The private key must be durable before the call. Never repeated by itself.
    ///
    /// - Parameter csr: DER.
    public func finalize(_ answer: OrderAnswer, csr: [UInt8], account: ACMEAccount) async throws(ACMEError) -> OrderAnswer {
        let subject = "finalize of order \(answer.url)"
        let payload = try JSONBody.encode(["csr": Base64URL.encode(csr)], subject: subject)
        let response = try await post(
            answer.order.finalize, payload, signer: RequestSigner(account), subject: subject, isRepeatable: false)
        return try orderAnswer(response, url: answer.url, subject: subject)
    }

    func postAsGet(
        _ url: String, account: ACMEAccount, subject: String, accept: String? = nil, bodyBytesMax: Int = ACMELimits.jsonBytesMax
    ) async throws(ACMEError) -> ACMEHTTPResponse {
        try await post(
            url, [], signer: RequestSigner(account), subject: subject, accept: accept, bodyBytesMax: bodyBytesMax)
    }

    private func orderAnswer(_ response: ACMEHTTPResponse, url: String, subject: String) throws(ACMEError) -> OrderAnswer {
        let order = try policy.check(try AnswerReader.object(Order.self, in: response, subject: subject), subject: subject)
        return OrderAnswer(url: url, order: order, retryAfter: retryAfter(response))
    }

    /// How long the CA wants to be left alone, if it says so.
    func retryAfter(_ response: ACMEHTTPResponse) -> Duration? {
        let now = time.now()
        return response.header("Retry-After").flatMap { Timestamp.retryAfter($0, now: now) }
            .map { .seconds($0.timeIntervalSince(now)) }
    }

    /// The profiles draft: a client asks only for what the directory advertises.
    private static func check(_ profile: String, in directory: Directory, subject: String) throws(ACMEError) {
        let offered = directory.meta?.profiles ?? [:]
        guard offered[profile] == nil else { return }
        let list = offered.isEmpty ? "none" : offered.keys.sorted().joined(separator: ", ")
        throw ACMEError(
            .profileNotOffered, fault: .configuration, subject: subject,
            reason: "profile \"\(profile)\" is not offered; the CA offers \(list)")
    }

    private struct NewOrder: Encodable {
        let identifiers: [ACMEIdentifier]
        let notAfter: String?
        let profile: String?
        let replaces: String?
    }
}
