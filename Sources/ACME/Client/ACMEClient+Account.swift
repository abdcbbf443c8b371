internal import FoundationEssentials
public import PKI

extension ACMEClient {
    /// What `newAccount` answers.
    public struct AccountAnswer: Sendable {
        /// The account for further requests.
        public let account: ACMEAccount
        /// The account as the CA has it.
        public let object: AccountObject
        /// Whether this request made it (201), or it had been there for the same key (200).
        public let isNew: Bool
    }

    /// Makes the account of this key, or finds it: with the same key the CA answers the same account. RFC 8555 §7.3 and §7.3.1.
    ///
    /// The key must be durable before the call. Safe to repeat after a crash or a lost answer.
    /// - Parameter contact: URLs such as `mailto:ops@example.com`; may be empty.
    /// - Parameter termsOfServiceAgreed: that the operator agrees to the terms in the directory.
    /// - Parameter externalAccount: the binding, for CAs that want one.
    public func newAccount(
        key: PrivateKey, contact: [String], termsOfServiceAgreed: Bool, externalAccount: ExternalAccountBinding? = nil
    ) async throws(ACMEError) -> AccountAnswer {
        let directory = try await directory()
        let subject = "newAccount at \(directory.newAccount)"
        if externalAccount == nil, directory.meta?.externalAccountRequired == true {
            throw ACMEError(
                .externalAccountRequired, fault: .configuration, subject: subject,
                reason: "the CA wants an external account binding and the issuer has none")
        }
        var request = NewAccount(termsOfServiceAgreed: termsOfServiceAgreed ? true : nil)
        if !contact.isEmpty { request.contact = contact }
        let wish = request
        let response = try await located({ $0.newAccount }, named: "newAccount", subject: subject) { (url) throws(ACMEError) in
            var request = wish
            if let externalAccount {
                request.externalAccountBinding = try externalAccount.binding(of: key, url: url, subject: subject)
            }
            return try await self.post(
                url, try JSONBody.encode(request, subject: subject), signer: RequestSigner(holderOf: key), subject: subject)
        }
        let object = try AnswerReader.object(AccountObject.self, in: response, subject: subject)
        guard let location = response.header("Location") else {
            throw .malformed(subject, "the answer has no Location", status: response.status)
        }
        let url = try policy.check(location, "the account URL", subject: subject)
        return AccountAnswer(account: ACMEAccount(url: url, key: key), object: object, isNew: response.status == 201)
    }

    /// Replaces the contacts of an account. RFC 8555 §7.3.2.
    public func updateContact(_ contact: [String], of account: ACMEAccount) async throws(ACMEError) -> AccountObject {
        let subject = "account \(account.url)"
        let payload = try JSONBody.encode(["contact": contact], subject: subject)
        let response = try await post(account.url, payload, signer: RequestSigner(account), subject: subject)
        return try AnswerReader.object(AccountObject.self, in: response, subject: subject)
    }

    private struct NewAccount: Encodable {
        var termsOfServiceAgreed: Bool?
        var contact: [String]?
        var externalAccountBinding: JSONValue?
    }
}

extension ExternalAccountBinding {
    /// The inner JWS: the account's public key, signed with the MAC key. RFC 8555 §7.3.4.
    fileprivate func binding(of key: PrivateKey, url: String, subject: String) throws(ACMEError) -> JSONValue {
        do {
            let keyID = JSONValue.string(keyID).serialized
            let header = "{\"alg\":\"HS256\",\"kid\":\(keyID),\"url\":\"\(url)\"}"
            let signed = try JWS.sign(
                protectedHeaderJSON: Array(header.utf8), payload: Array(key.jwk.canonicalJSON.utf8), hmacKey: macKey)
            return try JSONDecoder().decode(JSONValue.self, from: Data(signed))
        } catch {
            throw ACMEError(
                .invalidRequest, fault: .configuration, subject: subject,
                reason: "the external account key cannot sign")
        }
    }
}
