internal import Issuance

/// What became of a revocation; the JSON form is what `certctl revoke -o json` prints.
struct RevocationResult: Encodable {
    let secret, serialNumber, directory: String
    let signedBy: RevocationAnswer.Signer?
    let wasRevokedBefore: Bool
    /// Nil when none was asked for.
    let replacement: RenewalResult?

    init(_ answer: RevocationAnswer, replacement: RenewalResult?) {
        secret = answer.secret
        serialNumber = answer.serialNumber
        directory = answer.directory
        signedBy = answer.signedBy
        wasRevokedBefore = answer.wasRevokedBefore
        self.replacement = replacement
    }

    /// For people.
    func text(on terminal: Terminal) -> String {
        let signer = signedBy.map { $0 == .account ? " as its account" : " with the certificate's own key" } ?? ""
        let done = wasRevokedBefore ? "the CA had revoked it before" : "revoked" + signer
        var text = terminal.styled(done, .good) + Terminal.harmless(": certificate \(serialNumber) in Secret \(secret), at \(directory)\n")
        if let replacement { text += RenewalText.table([replacement]).render(on: terminal) }
        return text
    }
}
