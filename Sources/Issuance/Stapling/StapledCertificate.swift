internal import Certificates
internal import Core
internal import FoundationEssentials
internal import PKI

/// One certificate that is served and has to do with OCSP: who holds it, and what its responder last said.
struct StapledCertificate {
    /// Somebody who presents the certificate; two Secrets may have the same one. Who presents it decides how long it matters.
    struct Holder {
        weak let credential: Credential?
    }

    enum Answer {
        /// None yet.
        case none
        /// Valid until its end, then gone.
        case good(OCSPStaple)
        case revoked(at: Date)
    }

    private var holders: [Holder] = []
    private(set) var answer = Answer.none
    /// Questions without a usable answer since the last one that had one.
    private(set) var failures = 0
    /// Why the last one failed; nil when it did not.
    private(set) var failure: String?

    /// Those who still present it.
    var credentials: [Credential] { holders.compactMap(\.credential) }

    /// When the response that goes with it is out of date.
    var end: Date? { if case .good(let staple) = answer { staple.end } else { nil } }

    /// One more presents it.
    mutating func add(_ credential: Credential) {
        holders.removeAll { $0.credential == nil || $0.credential === credential }
        holders.append(Holder(credential: credential))
        if case .good(let staple) = answer { credential.staple = staple }
    }

    /// The responder says that it is good. Of two valid responses the one that lasts longer stays: whoever is between us and the
    /// responder may bring an old one.
    mutating func adopt(_ staple: OCSPStaple) {
        (failures, failure) = (0, nil)
        if case .good(let known) = answer, known.end > staple.end { return }
        answer = .good(staple)
        present(staple)
    }

    /// The responder says that it is revoked: nothing that says otherwise is shown any more.
    mutating func revoke(at moment: Date) {
        (failures, failure) = (0, nil)
        answer = .revoked(at: moment)
        present(nil)
    }

    /// Nobody says anything that can be used; what there is stays until its end.
    mutating func fail(_ why: String) {
        failures += 1
        failure = why
    }

    /// Takes back a response that is out of date.
    mutating func expire(at now: Date) {
        guard let end, end <= now else { return }
        answer = .none
        present(nil)
    }

    /// What an operator has to know.
    ///
    /// - Parameter isAsked: whether there is anybody to ask.
    func problems(isAsked: Bool) -> [StaplingProblem] {
        credentials.compactMap { credential in
            guard let secret = credential.secret, let (code, words) = problem(credential.keyPair.leaf, isAsked: isAsked) else { return nil }
            return StaplingProblem(secret: secret, code: code, message: "secret \(secret): \(words)")
        }
    }

    private func problem(_ leaf: Certificate, isAsked: Bool) -> (StaplingProblem.Code, String)? {
        switch answer {
        case .good: return nil
        case .revoked(let at):
            return (.revoked, "the certificate is revoked since \(at.formatted(.iso8601)), as its OCSP responder says")
        case .none:
            guard leaf.requiresStaple else { return nil }
            let required = "the certificate has to be served with an OCSP response (must staple), and there is none"
            if let failure { return (.stapleMissing, "\(required): \(failure)") }
            if isAsked { return nil }
            return (
                .stapleMissing,
                required + (leaf.ocspURLs.isEmpty ? ": it names no OCSP responder" : ": its Secret has no certificate of the issuer")
            )
        }
    }

    private func present(_ staple: OCSPStaple?) {
        for credential in credentials { credential.staple = staple }
    }
}
