internal import ACME
internal import Core
internal import FoundationEssentials
internal import PKI

/// The objects of RFC 8555 §7.1 as JSON.
extension FakeCA {
    struct Refusal: Error {
        let status: Int
        let type: String
        let detail: String

        init(_ status: Int, _ type: String, _ detail: String) {
            self.status = status
            self.type = type
            self.detail = detail
        }
    }

    struct DirectoryBody: Encodable {
        struct Meta: Encodable {
            let termsOfService: String
            let externalAccountRequired: Bool
            let profiles: [String: String]?
        }
        let newNonce: String
        let newAccount: String
        let newOrder: String
        let renewalInfo: String?
        let revokeCert: String?
        let keyChange: String?
        let meta: Meta
        let unknown = ["member": [1, 2, 3]]
    }

    struct NewAccountBody: Decodable {
        let termsOfServiceAgreed: Bool?
        let onlyReturnExisting: Bool?
        let contact: [String]?
        let externalAccountBinding: Binding?
        let status: String?
    }

    struct RevocationBody: Decodable {
        let certificate: String
        let reason: Int?
    }

    struct KeyChangeBody: Decodable {
        let account: String
        let oldKey: JWK
    }

    struct Binding: Codable {
        let protected: String
        let payload: String
        let signature: String
    }

    struct AccountBody: Encodable {
        let status: String
        let contact: [String]
        let orders = "https://ca.test/orders/1"

        init(_ account: Account) {
            status = account.status
            contact = account.contact
        }
    }

    struct NewOrderBody: Decodable {
        let identifiers: [ACMEIdentifier]
        let notAfter: String?
        let profile: String?
        let replaces: String?
    }

    struct FinalizeBody: Decodable {
        let csr: String
    }

    struct OrderBody: Encodable {
        let status: String
        let expires: String
        let identifiers: [ACMEIdentifier]
        let authorizations: [String]
        let finalize: String
        let certificate: String?
        let error: Problem?
    }

    struct AuthorizationBody: Encodable {
        let status: String
        let expires: String
        let identifier: ACMEIdentifier
        let wildcard: Bool?
        let challenges: [ChallengeBody]
    }

    struct ChallengeBody: Encodable {
        let type: String
        let url: String
        let status: String
        let token: String?
        let issuerDomainNames: [String]?
        let error: Problem?

        enum CodingKeys: String, CodingKey {
            case type, url, status, token, error, issuerDomainNames
        }
    }

    func body(of order: OrderState, _ url: String) -> OrderBody {
        let status = status(of: order)
        return OrderBody(
            status: status.rawValue, expires: order.expires.formatted(.iso8601), identifiers: order.identifiers,
            authorizations: order.authorizations, finalize: url.replacing("/order/", with: "/finalize/"),
            certificate: status == .valid ? order.certificateURL : nil,
            error: order.error ?? (order.isInvalidated ? Problem(type: Problem.typePrefix + "caa", detail: "CAA forbids it") : nil))
    }

    func body(of authorization: AuthorizationState, _ url: String) -> AuthorizationBody {
        let status = status(of: authorization)
        let shown = authorization.challenges.map { type in
            let isUsed = authorization.answeredType == type
            let word = !isUsed ? "pending" : status == .pending ? "processing" : status.rawValue
            return ChallengeBody(
                type: type, url: url.replacing("/authorization/", with: "/challenge/") + "/\(type)", status: word,
                token: type == "dns-persist-01" ? nil : authorization.token,
                issuerDomainNames: type == "dns-persist-01" ? ["ca.test"] : nil,
                error: isUsed && status == .invalid ? authorization.failure : nil)
        }
        return AuthorizationBody(
            status: status.rawValue, expires: time.now().addingTimeInterval(86_400).formatted(.iso8601),
            identifier: authorization.identifier, wildcard: authorization.isWildcard ? true : nil, challenges: shown)
    }

    func retryAfter(_ isWaiting: Bool) -> [(name: String, value: String)] {
        guard isWaiting, let value = settings.retryAfter else { return [] }
        return [("Retry-After", value)]
    }

    func json(_ status: Int, _ body: some Encodable, _ headers: [(name: String, value: String)] = []) -> ACMEHTTPResponse {
        let data = (try? JSONEncoder().encode(body)) ?? Data()
        return ACMEHTTPResponse(status: status, headers: [("Content-Type", "application/json")] + headers, body: Array(data))
    }

    func problem(_ status: Int, _ type: String, _ detail: String) -> ACMEHTTPResponse {
        let problem = Problem(type: Problem.typePrefix + type, detail: detail, status: status)
        return ACMEHTTPResponse(
            status: status, headers: [("Content-Type", "application/problem+json")], body: Array(problem.document.utf8))
    }
}
