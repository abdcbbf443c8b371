/// Something that is wrong with a certificate or its chain: what, in which object, and what to do.
struct InspectionFinding: Encodable, Hashable {
    /// What it is; the names are part of `-o json`.
    enum Code: String, Encodable {
        case expired, notYetValid, nameMismatch, selfSigned, unknownIssuer, missingIntermediate, untrustedRoot, badSignature, weakKey
        case notForServers, wrongOrder, unrelatedCertificate, keyMismatch, revoked, differsFromStored, notStored, notServed, untrusted
    }

    let code: Code
    /// The object and what is wrong with it.
    let message: String
    /// The next step.
    let next: String

    init(_ code: Code, _ message: String, next: String) {
        self.code = code
        self.message = message
        self.next = next
    }
}
