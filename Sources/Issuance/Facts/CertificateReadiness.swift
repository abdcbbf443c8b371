public import FoundationEssentials

/// What cert-manager's condition `Ready` says of a certificate, on an object and in a metric alike.
public enum CertificateReadiness: Hashable, Sendable {
    /// There is a certificate that is asked for, and it is in its time.
    case ready
    /// It has to be issued again, for this reason.
    case notReady(IssueReason)
    /// Somebody else's certificate is there, and it will not do.
    case unsuitable(String)
    /// There is none, and nothing that issues one.
    case absent
}

extension CertificateFact {
    /// Whether the certificate is ready. A renewal that is due, and what can be mended without a new certificate, leaves it so.
    public func readiness(at now: Date) -> CertificateReadiness {
        if let notAfter, notAfter <= now { return .notReady(.expired) }
        if let reason = reason.flatMap({ IssueReason(rawValue: $0) }) {
            switch reason {
            case .doesNotExist, .missingData, .invalidKeyPair, .secretMismatch, .incorrectIssuer, .requestChanged, .expired, .revoked:
                return .notReady(reason)
            case .renewing, .secretTemplateMismatch, .manuallyTriggered, .namesLeftOut: break
            }
        }
        if state == .foreign, let message { return .unsuitable(message) }
        return notAfter == nil ? .absent : .ready
    }
}
