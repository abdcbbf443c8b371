internal import ACME
public import FoundationEssentials
internal import PKI

/// What came after orders: RFC 9773, RFC 8555 §7.3.5 and §7.6.
extension FakeCA {
    /// The body of renewal information with this window.
    public static func window(_ start: Date, _ end: Date, explanationURL: String? = nil) -> String {
        let explanation = explanationURL.map { ",\"explanationURL\":\"\($0)\"" } ?? ""
        return "{\"suggestedWindow\":{\"start\":\"\(start.formatted(.iso8601))\",\"end\":\"\(end.formatted(.iso8601))\"}\(explanation)}"
    }

    func renewalInfo(_ url: String) -> ACMEHTTPResponse {
        let identifier = url.split(separator: "/").last.map(String.init) ?? ""
        guard let body = settings.renewalInfo[identifier] else { return problem(404, "malformed", "certificate not found") }
        var headers = [(name: "Content-Type", value: "application/json")]
        if let value = settings.renewalInfoRetryAfter { headers.append(("Retry-After", value)) }
        return ACMEHTTPResponse(status: 200, headers: headers, body: Array(body.utf8))
    }

    func revoke(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        let wish = try signed.payload(as: RevocationBody.self)
        guard let der = Base64URL.decode(wish.certificate), let certificate = try? Certificate(der: der),
            authorities.contains(where: { certificate.isIssued(by: $0.certificate) })
        else { throw Refusal(404, "malformed", "not a certificate of this CA") }
        guard !signed.account.isEmpty || signed.key.publicKeyDER == certificate.publicKeyDER else {
            throw Refusal(403, "unauthorized", "the key is not the certificate's")
        }
        guard revoked[certificate.serialNumber] == nil else { throw Refusal(400, "alreadyRevoked", "revoked before") }
        guard ![2, 7].contains(wish.reason ?? 0) else { throw Refusal(400, "badRevocationReason", "reason \(wish.reason ?? 0)") }
        revoked[certificate.serialNumber] = wish.reason ?? 0
        return ACMEHTTPResponse(status: 200)
    }

    func keyChange(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        struct Header: Decodable {
            let jwk: JWK
            let url: String
            let nonce: String?
        }
        let inner = try JWSMessage(flattenedJSON: signed.payload)
        let header = try JSONDecoder().decode(Header.self, from: Data(inner.protectedHeaderJSON))
        try inner.verify(with: header.jwk)
        let wish = try JSONDecoder().decode(KeyChangeBody.self, from: Data(inner.payload))
        guard header.url == signed.url, header.nonce == nil else { throw Refusal(400, "malformed", "inner url or nonce") }
        guard wish.account == signed.account, wish.oldKey == signed.key else { throw Refusal(400, "malformed", "another account or key") }
        guard !accounts.values.contains(where: { $0.key == header.jwk }) else { throw Refusal(409, "conflict", "the key is in use") }
        accounts[signed.account]?.key = header.jwk
        return json(200, AccountBody(accounts[signed.account] ?? Account(key: header.jwk, contact: [])))
    }
}
