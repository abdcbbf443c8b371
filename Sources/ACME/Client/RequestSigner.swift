internal import PKI

/// Signs requests: with the account URL as `kid`, or, before there is an account, with the public key itself. RFC 8555 §6.2.
struct RequestSigner: Sendable {
    private let key: PrivateKey
    private let identity: String

    /// Signs for an account.
    init(_ account: ACMEAccount) {
        key = account.key
        // The URL may come from an object that anybody can edit.
        identity = "\"kid\":" + JSONValue.string(account.url).serialized
    }

    /// Signs as the holder of a key: newAccount, and revocation with a certificate's key.
    init(holderOf key: PrivateKey) {
        self.key = key
        identity = "\"jwk\":" + key.jwk.canonicalJSON
    }

    /// The inner JWS of a keyChange: without a nonce, for the same URL as the outer one. RFC 8555 §7.3.5.
    func signInner(_ payload: [UInt8], url: String, subject: String) throws(ACMEError) -> [UInt8] {
        let header = "{\"alg\":\"\(key.jwsAlgorithm)\",\(identity),\"url\":\"\(url)\"}"
        do {
            return try JWS.sign(protectedHeaderJSON: Array(header.utf8), payload: payload, key: key)
        } catch {
            throw ACMEError(.invalidRequest, fault: .configuration, subject: subject, reason: "the new account key cannot sign: \(error)")
        }
    }

    /// The flattened JWS. The URL was checked by ``URLPolicy`` and the nonce by ``NoncePool``: neither needs escaping.
    func sign(_ payload: [UInt8], url: String, nonce: String, subject: String) throws(ACMEError) -> [UInt8] {
        let header = "{\"alg\":\"\(key.jwsAlgorithm)\",\(identity),\"nonce\":\"\(nonce)\",\"url\":\"\(url)\"}"
        do {
            return try JWS.sign(protectedHeaderJSON: Array(header.utf8), payload: payload, key: key)
        } catch {
            throw ACMEError(.invalidRequest, fault: .configuration, subject: subject, reason: "the account key cannot sign: \(error)")
        }
    }
}
