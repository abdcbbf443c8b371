internal import FoundationEssentials
public import PKI

extension ACMEClient {
    /// Replaces the key of an account. RFC 8555 §7.3.5.
    ///
    /// The new key must be durable before the call. When the answer is lost, ``existingAccount(of:)`` with each of the two keys tells
    /// which one is in force; the request is never repeated by itself.
    /// - Returns: the account with its new key.
    /// - Throws: ``ACMEError``, with code `notOffered` when the CA replaces no keys.
    public func keyChange(_ account: ACMEAccount, to newKey: PrivateKey) async throws(ACMEError) -> ACMEAccount {
        let subject = "keyChange of account \(account.url)"
        let change = try JSONBody.encode(
            KeyChange(account: account.url, oldKey: try JWKValue.of(account.key, subject: subject)), subject: subject)
        _ = try await located({ $0.keyChange }, named: "keyChange", subject: subject) { (url) throws(ACMEError) in
            let inner = try RequestSigner(holderOf: newKey).signInner(change, url: url, subject: subject)
            return try await self.post(url, inner, signer: RequestSigner(account), subject: subject, isRepeatable: false)
        }
        return ACMEAccount(url: account.url, key: newKey)
    }

    /// The account of a key, without making one. RFC 8555 §7.3.1.
    ///
    /// - Returns: nil when the CA knows none.
    public func existingAccount(of key: PrivateKey) async throws(ACMEError) -> ACMEAccount? {
        let subject = "newAccount at \(try await directory().newAccount)"
        let payload = try JSONBody.encode(["onlyReturnExisting": true], subject: subject)
        do throws(ACMEError) {
            let response = try await post(
                to: { $0.newAccount }, named: "newAccount", payload, signer: RequestSigner(holderOf: key), subject: subject)
            guard let location = response.header("Location") else {
                throw .malformed(subject, "the answer has no Location", status: response.status)
            }
            return ACMEAccount(url: try policy.check(location, "the account URL", subject: subject), key: key)
        } catch {
            guard error.code == .accountDoesNotExist else { throw error }
            return nil
        }
    }

    /// The account as the CA has it. RFC 8555 §7.3.3.
    public func accountObject(of account: ACMEAccount) async throws(ACMEError) -> AccountObject {
        let subject = "account \(account.url)"
        let response = try await postAsGet(account.url, account: account, subject: subject)
        return try AnswerReader.object(AccountObject.self, in: response, subject: subject)
    }

    /// Ends an account for good. RFC 8555 §7.3.6. Nothing can be asked in its name afterwards.
    public func deactivate(_ account: ACMEAccount) async throws(ACMEError) -> AccountObject {
        let subject = "account \(account.url)"
        let payload = try JSONBody.encode(["status": "deactivated"], subject: subject)
        let response = try await post(account.url, payload, signer: RequestSigner(account), subject: subject)
        return try AnswerReader.object(AccountObject.self, in: response, subject: subject)
    }

    private struct KeyChange: Encodable {
        let account: String
        let oldKey: JSONValue
    }

    private enum JWKValue {
        static func of(_ key: PrivateKey, subject: String) throws(ACMEError) -> JSONValue {
            do { return try JSONDecoder().decode(JSONValue.self, from: Data(key.jwk.canonicalJSON.utf8)) } catch {
                throw ACMEError(.ours, fault: .ours, subject: subject, reason: "the account key cannot be written as JSON")
            }
        }
    }
}
