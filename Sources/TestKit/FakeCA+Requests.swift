internal import ACME
internal import FoundationEssentials
internal import PKI

/// The checks of RFC 8555 §6.2 to §6.5 on each request.
extension FakeCA {
    /// A request whose signature is good.
    struct SignedRequest {
        let url: String
        /// The account's URL; empty for newAccount.
        let account: String
        let key: JWK
        let payload: [UInt8]

        var thumbprint: String { key.thumbprint }

        func payload<T: Decodable>(as type: T.Type) throws -> T {
            do { return try JSONDecoder().decode(type, from: Data(payload)) } catch {
                throw Refusal(400, "malformed", "payload: \(error)")
            }
        }
    }

    private struct Header: Decodable {
        let nonce: String?
        let url: String
        let kid: String?
        let jwk: JWK?
    }

    func verified(_ request: ACMEHTTPRequest, _ resource: Resource) throws -> SignedRequest {
        guard request.contentType == "application/jose+json" else { throw Refusal(415, "malformed", "wrong content type") }
        let message = try JWSMessage(flattenedJSON: request.body)
        let header = try JSONDecoder().decode(Header.self, from: Data(message.protectedHeaderJSON))
        guard header.url == request.url else { throw Refusal(401, "unauthorized", "the url in the header is another one") }
        guard let nonce = header.nonce, nonces.remove(nonce) != nil else { throw badNonce("unknown or used nonce") }
        guard Double.random(in: 0..<1, using: &random) >= settings.badNonceRate else { throw badNonce("nonce refused at random") }
        let key = try key(header, resource)
        try message.verify(with: key)
        return SignedRequest(url: request.url, account: header.kid ?? "", key: key, payload: message.payload)
    }

    private func badNonce(_ detail: String) -> Refusal {
        counts.badNonces += 1
        return Refusal(400, "badNonce", detail)
    }

    /// newAccount is signed with a key, everything else in the name of an account. RFC 8555 §6.2.
    private func key(_ header: Header, _ resource: Resource) throws -> JWK {
        if resource == .newAccount {
            guard let jwk = header.jwk, header.kid == nil else { throw Refusal(400, "malformed", "newAccount wants a jwk") }
            return jwk
        }
        // RFC 8555 §7.6: whoever has the certificate's key needs no account.
        if resource == .revokeCert, let jwk = header.jwk, header.kid == nil { return jwk }
        guard let kid = header.kid, header.jwk == nil else { throw Refusal(400, "malformed", "wants a kid") }
        guard let account = accounts[kid] else { throw Refusal(400, "accountDoesNotExist", "no account \(kid)") }
        guard account.status == "valid" else { throw Refusal(401, "unauthorized", "the account is \(account.status)") }
        return account.key
    }

    /// RFC 8555 §7.3.4.
    func checkBinding(_ binding: Binding?, of request: SignedRequest) throws {
        guard let customers = settings.externalAccounts else { return }
        guard let binding else { throw Refusal(403, "externalAccountRequired", "no external account binding") }
        let message = try JWSMessage(flattenedJSON: Array(try JSONEncoder().encode(binding)))
        let header = try JSONDecoder().decode(Header.self, from: Data(message.protectedHeaderJSON))
        guard header.url == request.url, header.nonce == nil, let customer = header.kid, let key = customers[customer] else {
            throw Refusal(403, "unauthorized", "unknown customer")
        }
        try message.verify(hmacKey: key)
        guard try JSONDecoder().decode(JWK.self, from: Data(message.payload)) == request.key else {
            throw Refusal(403, "unauthorized", "the binding is for another key")
        }
    }
}
