/// Why something about a key, a certificate, a request or a signature was refused.
///
/// The text never holds key material: a subject, what happened, and OpenSSL's own reason where it gave one.
public struct PKIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of refusal it is, for code; ``PKIError/description`` is for people.
    public enum Code: Hashable, Sendable {
        /// The input is larger than ``PKILimits`` allows. Bytes, or a count of blocks, certificates or names.
        case tooLarge(got: Int, limit: Int)
        /// The text has no PEM block of the wanted kind, or a block is damaged.
        case notPEM
        /// The bytes are PEM or base64, but not what they claim to be.
        case malformed
        /// The private key is protected by a pass phrase.
        case encryptedKey
        /// A key type, curve or size that is not supported.
        case unsupportedKey
        /// The private key contradicts itself, so it would make wrong signatures.
        case inconsistentKey
        /// No certificate in the chain belongs to the private key.
        case keyMismatch
        /// A name or an address that cannot be put into, or taken from, a certificate.
        case badName
        /// A validity that does not fit X.509 or ends before it starts.
        case badValidity
        /// A signature does not verify, or is by another algorithm than the key's.
        case badSignature
        /// An authority gives no answer, and says why.
        case refused
        /// The certificate may not sign others.
        case notAuthority
        /// OpenSSL failed where it should not: out of memory, no randomness, a provider that forbids the operation.
        case failed
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What it is about: "private key", "certificate 2".
    public let subject: String
    /// What happened, in words, without the subject.
    public let detail: String
    /// OpenSSL's reason, drained from its error queue, if it gave one.
    public let reason: String?

    /// Makes an error without an OpenSSL reason.
    init(_ code: Code, _ subject: String, _ detail: String) {
        self.code = code
        self.subject = subject
        self.detail = detail
        self.reason = nil
    }

    private init(_ code: Code, _ subject: String, _ detail: String, reason: String?) {
        self.code = code
        self.subject = subject
        self.detail = detail
        self.reason = reason
    }

    /// Makes an error and empties this thread's OpenSSL error queue into it.
    static func drained(_ code: Code, _ subject: String, _ detail: String) -> PKIError {
        PKIError(code, subject, detail, reason: OpenSSL.drainReason())
    }

    /// The same error about another subject, when the caller knows better which one it is.
    func about(_ subject: String) -> PKIError { PKIError(code, subject, detail, reason: reason) }

    /// One line for an operator: "private key: is encrypted; ...".
    public var description: String {
        guard let reason else { return "\(subject): \(detail)" }
        return "\(subject): \(detail) (\(reason))"
    }
}
