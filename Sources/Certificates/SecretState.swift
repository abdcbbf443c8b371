internal import Core
internal import FoundationEssentials
internal import PKI

/// One Secret that a `tls` section names: what it says now, and what is served for it.
struct SecretState {
    let name: NamespacedName
    /// nil until it is read, and while it does not exist.
    private(set) var content: SecretReading.Content?
    private var reading = SecretReading.missing
    /// The last good content. A bad or missing Secret never takes it away; deleting a Secret does not take a site down.
    private(set) var inForce: Credential?

    init(name: NamespacedName) { self.name = name }

    /// Whether a later time may change the judgement: a replacement is held back because it is not valid.
    var isHeldBack: Bool {
        guard case .pair(let keyPair) = reading else { return false }
        return inForce?.keyPair.leaf != keyPair.leaf
    }

    /// Takes in what the Secret says.
    ///
    /// - Returns: whether the credential in force changed.
    mutating func adopt(_ reading: SecretReading, of content: SecretReading.Content?, now: Date) -> Bool {
        self.content = content
        self.reading = reading
        return reconsider(now: now)
    }

    /// Puts the pair of the Secret in force, unless that would exchange a valid certificate for one that is not.
    mutating func reconsider(now: Date) -> Bool {
        guard case .pair(let keyPair) = reading else { return false }
        if let inForce, inForce.keyPair.isValid(at: now), !keyPair.isValid(at: now) { return false }
        inForce = Credential(keyPair: keyPair, secret: name)
        return true
    }

    /// The judgement for planning.
    var verdict: SecretVerdict {
        switch reading {
        case .missing: .missing(inForce: inForce?.keyPair)
        case .unusable(let reason): .bad(reason: reason, inForce: inForce?.keyPair)
        case .pair(let keyPair):
            isHeldBack
                ? .bad(reason: "not valid now: \(SecretState.validity(keyPair))", inForce: inForce?.keyPair)
                : .good(keyPair)
        }
    }

    /// What is wrong with the Secret as such.
    func problem(now: Date) -> CertificateProblem? {
        switch reading {
        case .missing: return CertificateProblem(.secretNotFound, secret: name, message: "secret \(name) does not exist\(kept)")
        case .unusable(let reason):
            return CertificateProblem(.secretUnusable, secret: name, message: "secret \(name) is unusable: \(reason)\(kept)")
        case .pair(let keyPair): return problem(of: keyPair, now: now)
        }
    }

    private func problem(of keyPair: TLSKeyPair, now: Date) -> CertificateProblem? {
        let validity = "secret \(name): \(SecretState.validity(keyPair))"
        if isHeldBack { return CertificateProblem(.replacementNotValid, secret: name, message: validity + kept) }
        guard !keyPair.isValid(at: now) else { return nil }
        let isEarly = now < keyPair.leaf.notBefore
        return CertificateProblem(
            isEarly ? .certificateNotYetValid : .certificateExpired, secret: name,
            message: "\(validity); served for want of a better one")
    }

    private var kept: String {
        inForce.map { "; the certificate in force stays, which expires at \(SecretState.text($0.keyPair.leaf.notAfter))" } ?? ""
    }

    private static func validity(_ keyPair: TLSKeyPair) -> String {
        let spans = keyPair.leafAndIssuer.map { "\(text($0.notBefore)) to \(text($0.notAfter))" }
        return "the certificate is valid from \(spans.joined(separator: ", its issuer's from "))"
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}

extension TLSKeyPair {
    /// Whether clients accept the pair as far as dates go: the leaf, and the certificate that issued it. Further up, an expired
    /// cross-signed root is usual and harmless.
    func isValid(at now: Date) -> Bool { leafAndIssuer.allSatisfy { $0.isValid(at: now) } }

    /// The leaf and, if the chain has it, the certificate that issued it.
    fileprivate var leafAndIssuer: ArraySlice<Certificate> { chain.prefix(2) }
}
