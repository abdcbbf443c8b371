/// Why a certificate must be issued, in the words that cert-manager's users know from its conditions.
public enum IssueReason: String, Hashable, Sendable, Codable {
    /// There is no Secret.
    case doesNotExist = "DoesNotExist"
    /// The Secret has no certificate or no key.
    case missingData = "MissingData"
    /// What the Secret holds cannot be served: no PEM, the key does not match, ...
    case invalidKeyPair = "InvalidKeyPair"
    /// The key is of another algorithm than the Ingress asks for.
    case secretMismatch = "SecretMismatch"
    /// It came from another issuer, or from another directory of the same issuer.
    case incorrectIssuer = "IncorrectIssuer"
    /// Names were added or removed.
    case requestChanged = "RequestChanged"
    /// Its CA, or its list of revoked certificates, says that it is revoked.
    case revoked = "Revoked"
    /// It was issued without names that could not be proved (`certctl.dev/partial`).
    case namesLeftOut = "NamesLeftOut"
    /// Its time for renewal has come: two thirds of the lifetime are over, or the CA asks for it (RFC 9773).
    case renewing = "Renewing"
    /// All of it is.
    case expired = "Expired"
    /// The Secret lacks a label or an annotation that the Certificate's template has. Nothing is ordered for that.
    case secretTemplateMismatch = "SecretTemplateMismatch"
    /// `certctl renew`.
    case manuallyTriggered = "ManuallyTriggered"
}
