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
    /// Two thirds of the lifetime are over.
    case renewing = "Renewing"
    /// All of it is.
    case expired = "Expired"
    /// The Secret lacks a label or an annotation that the Certificate's template has. Nothing is ordered for that.
    case secretTemplateMismatch = "SecretTemplateMismatch"
    /// `certctl renew`.
    case manuallyTriggered = "ManuallyTriggered"
}
