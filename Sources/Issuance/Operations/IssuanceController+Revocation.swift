internal import ACME
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

extension IssuanceController {
    /// Revokes the certificate in a Secret at the CA that issued it, then begins to replace it. RFC 8555 §7.6.
    ///
    /// By the account that ordered it; if that is gone or the CA says that it is not ours, by the certificate's own key.
    public func perform(_ request: RevocationRequest) async throws(OperationFailure) -> RevocationAnswer {
        try requireLeadership()
        let name = try OperationSubject.secret(request.secret)
        let reason = try revocationReason(request.reason)
        let secret = try await stored(name)
        let issuer = try IssuerLookup(objects: plan.objects).origin(of: secret)
        let pair = try keyPair(of: secret)
        let done = try await revoke(pair, reason, at: issuer)
        context.logger.notice(
            "revoked a certificate",
            metadata: [
                "secret": "\(name)", "serial": "\(pair.leaf.serialNumber)", "issuer": "\(issuer.text)",
                "reason": "\(reason.map { "\($0)" } ?? "")", "before": "\(done.outcome == .alreadyRevoked)",
            ])
        var answer = RevocationAnswer(
            secret: request.secret, serialNumber: pair.leaf.serialNumber, directory: issuer.spec.server,
            signedBy: done.outcome == .revoked ? done.signer : nil, wasRevokedBefore: done.outcome == .alreadyRevoked)
        guard request.replace ?? true else { return answer }
        do throws(OperationFailure) { answer.replacing = try await beginRenewal(of: name) } catch { answer.replacementFailure = error }
        return answer
    }

    /// Those that CAs take from subscribers.
    private static let reasons: [RevocationReason] = [
        .unspecified, .keyCompromise, .affiliationChanged, .superseded, .cessationOfOperation,
    ]

    private func revocationReason(_ text: String?) throws(OperationFailure) -> RevocationReason? {
        guard let text else { return nil }
        guard let reason = Self.reasons.first(where: { "\($0)".lowercased() == text.lowercased() }) else {
            throw OperationFailure(
                .badRequest, "reason", "there is no such reason for a subscriber to give", got: text,
                allowed: Self.reasons.map { "\($0)" }.joined(separator: ", "))
        }
        return reason
    }

    private func stored(_ name: NamespacedName) async throws(OperationFailure) -> Secret {
        let secret: Secret?
        do { secret = try await context.store.secret(name) } catch { throw OperationFailure(.storage, "Secret \(name)", "\(error)") }
        // In a folder the user's own Secrets are among the manifests, and not in the store that is written to.
        guard let found = secret ?? plan.objects.secrets[name] else {
            throw OperationFailure(.notFound, "Secret \(name)", "it does not exist")
        }
        return found
    }

    private func keyPair(of secret: Secret) throws(OperationFailure) -> TLSKeyPair {
        let object = "Secret \(secret.metadata.id)"
        guard let certificate = secret.data[Secret.certificateKey], let key = secret.data[Secret.privateKeyKey] else {
            throw OperationFailure(.refused, object, "it lacks tls.crt or tls.key")
        }
        do throws(PKIError) { return try TLSKeyPair(certificatePEM: certificate, privateKeyPEM: key) } catch {
            throw OperationFailure(.refused, object, "it holds no usable certificate: \(error)")
        }
    }

    private func revoke(
        _ pair: TLSKeyPair, _ reason: RevocationReason?, at issuer: ACMEIssuerObject
    ) async throws(OperationFailure) -> (outcome: ACMEClient.RevocationOutcome, signer: RevocationAnswer.Signer) {
        if try await hasAccount(issuer) {
            do {
                let outcome = try await withAccess(to: issuer.name) { access in
                    try await access.accounts.withAccount { account throws(ACMEError) in
                        try await access.client.revoke(pair.leaf, reason: reason, by: .account(account))
                    }
                }
                return (outcome, .account)
            } catch let error as ACMEError where !Self.isOurAccountAtFault(error) {
                throw OperationFailure(.certificateAuthority, issuer.text, error.description)
            } catch {
                context.logger.info(
                    "the certificate's own key revokes it, since the account may not",
                    metadata: ["issuer": "\(issuer.text)", "error": "\(error)"])
            }
        }
        do {
            let key = try pair.privateKey()
            let client = try await context.sessions.client(of: issuer.name, issuer.spec)
            return (try await client.revoke(pair.leaf, reason: reason, by: .certificateKey(key)), .certificateKey)
        } catch {
            throw OperationFailure(.certificateAuthority, issuer.text, "\(error)")
        }
    }

    /// Whether another signer may do better: the CA does not know the account, or says that the certificate is not the account's.
    private static func isOurAccountAtFault(_ error: ACMEError) -> Bool {
        switch error.code {
        case .accountDoesNotExist, .accountDeactivated, .accountKeyMissing: true
        case .refused: error.status == 401 || error.status == 403
        default: false
        }
    }
}
