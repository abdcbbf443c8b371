internal import FoundationEssentials
internal import PKI

/// An access key as requests are signed with it.
struct AmazonCredentials: Sendable {
    let accessKeyID: String
    let secretAccessKey: SecretText
    /// Of temporary credentials.
    var sessionToken: SecretText?
    /// When temporary ones end.
    var expires: Date?

    /// What must never be shown.
    var secrets: [SecretText] { [secretAccessKey] + (sessionToken.map { [$0] } ?? []) }

    /// Tells whose they are apart, the secret included: who names another's key without knowing its secret is somebody else.
    var fingerprint: String {
        let parts = [accessKeyID, secretAccessKey.text, sessionToken?.text ?? ""]
        return Base64URL.encode(sha256(Array(parts.joined(separator: "\n").utf8)))
    }
}
