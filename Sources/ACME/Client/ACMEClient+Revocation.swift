internal import FoundationEssentials
public import PKI

/// Why a certificate is revoked. RFC 5280 §5.3.1; those that a subscriber may give.
public enum RevocationReason: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// No reason given.
    case unspecified = 0
    /// The private key may be known to others.
    case keyCompromise = 1
    /// The names no longer belong to the same organisation.
    case affiliationChanged = 3
    /// Another certificate took its place.
    case superseded = 4
    /// The names are no longer served.
    case cessationOfOperation = 5

    /// The name of RFC 5280, such as `keyCompromise`.
    public var description: String {
        switch self {
        case .unspecified: "unspecified"
        case .keyCompromise: "keyCompromise"
        case .affiliationChanged: "affiliationChanged"
        case .superseded: "superseded"
        case .cessationOfOperation: "cessationOfOperation"
        }
    }

    /// Reads the name of RFC 5280, in any case; nil for others.
    public init?(name: some StringProtocol) {
        let wanted = name.lowercased()
        guard let found = Self.allCases.first(where: { $0.description.lowercased() == wanted }) else { return nil }
        self = found
    }
}

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
    /// - Parameter reason: nil leaves it out, which means unspecified.
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
