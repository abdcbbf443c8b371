internal import FoundationEssentials
public import PKI

extension ACMEClient {
    /// Who asks for a revocation. RFC 8555 §7.6.
    public enum Revoker: Sendable {
        /// The account that ordered the certificate, or one that has proved control over all of its names.
        case account(ACMEAccount)
        /// Whoever holds the certificate's private key.
        case certificateKey(PrivateKey)
    }

    /// What came of a revocation.
    public enum RevocationOutcome: Sendable, Hashable {
        /// The CA revoked it now.
        case revoked
        /// It had been revoked before.
        case alreadyRevoked
    }

    /// Revokes a certificate. RFC 8555 §7.6.
    ///
    /// - Parameter reason: nil leaves it out, which means unspecified. CAs take a few from subscribers and answer `badRevocationReason` to
    ///   the rest.
    /// - Throws: ``ACMEError``, with code `notOffered` when the CA revokes nothing, and `invalidRequest` for a key that is not the
    ///   certificate's.
    public func revoke(
        _ certificate: Certificate, reason: RevocationReason? = nil, by revoker: Revoker
    ) async throws(ACMEError) -> RevocationOutcome {
        let subject = "revocation of certificate \(certificate.serialNumber)"
        let signer: RequestSigner
        switch revoker {
        case .account(let account): signer = RequestSigner(account)
        case .certificateKey(let key):
            guard key.matches(certificate) else {
                throw ACMEError(.invalidRequest, fault: .configuration, subject: subject, reason: "the key is not the certificate's")
            }
            signer = RequestSigner(holderOf: key)
        }
        let payload = try JSONBody.encode(
            Revocation(certificate: Base64URL.encode(certificate.der), reason: reason?.rawValue), subject: subject)
        do throws(ACMEError) {
            _ = try await post(to: { $0.revokeCert }, named: "revokeCert", payload, signer: signer, subject: subject)
            return .revoked
        } catch {
            guard error.problem?.acmeType == "alreadyRevoked" else { throw error }
            return .alreadyRevoked
        }
    }

    private struct Revocation: Encodable {
        let certificate: String
        let reason: Int?
    }
}
