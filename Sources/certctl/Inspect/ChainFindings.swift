internal import PKI

/// What a client with certain roots has against a chain, in words and with the next step.
struct ChainFindings {
    let chain: [Certificate]
    /// Whether the roots were named; else they are the system's.
    let hasOwnRoots: Bool

    /// - Parameter known: what other checks have found, and need not be said again.
    func findings(_ objections: [ChainObjection], known: Set<InspectionFinding.Code>) -> [InspectionFinding] {
        var findings: [InspectionFinding] = []
        for objection in objections {
            let finding = finding(objection)
            let isKnown = known.contains(finding.code) && [.expired, .notYetValid].contains(finding.code)
            if !isKnown, !findings.contains(finding) { findings.append(finding) }
        }
        return findings
    }

    private var roots: String { hasOwnRoots ? "the roots of --ca-file" : "the roots that this system trusts" }

    private func finding(_ objection: ChainObjection) -> InspectionFinding {
        let who = name(of: objection)
        switch objection.reason {
        case .expired:
            return InspectionFinding(.expired, "\(who) has expired", next: "renew the certificate, for a chain that the CA gives today")
        case .notYetValid:
            return InspectionFinding(.notYetValid, "\(who) is not valid yet", next: "compare the clocks of this machine and of the CA")
        case .selfSigned:
            return InspectionFinding(
                .selfSigned, "\(who) is self-signed, and not among \(roots)",
                next:
                    "if it is certctl's placeholder, `certctl status HOST` says what keeps the certificate away; else trust it with --ca-file"
            )
        case .untrustedRoot:
            return InspectionFinding(
                .untrustedRoot, "the chain ends at \(who), a root that is not among \(roots)",
                next: "name the root with --ca-file if the CA is your own; clients have to trust it too")
        case .unknownIssuer: return unknownIssuer(objection)
        case .badSignature:
            return InspectionFinding(
                .badSignature, "the signature of \(who) is not that of its issuer",
                next: "serve the chain that belongs to it: renew the certificate")
        case .weak:
            return InspectionFinding(
                .weakKey, "\(who) is too weak: \(objection.words) (\(key(of: objection)))",
                next: "issue it with ECDSA P-256 or RSA 2048 and a SHA-2 signature")
        case .notAllowed:
            return InspectionFinding(
                .untrusted, "\(who) may not sign this chain: \(objection.words)",
                next: "ask the CA which intermediates belong to the certificate")
        case .wrongPurpose:
            return InspectionFinding(
                .notForServers, "\(who) is not for TLS servers: \(objection.words)", next: "issue one with the usage \"server auth\"")
        case .other:
            return InspectionFinding(
                .untrusted, "\(who) is refused: \(objection.words)", next: "see what `openssl verify` says of the chain")
        }
    }

    /// A CA that says where its own certificate is to be found is no root that signs servers' certificates itself. RFC 5280 §4.2.2.1.
    private func unknownIssuer(_ objection: ChainObjection) -> InspectionFinding {
        let last = certificate(of: objection)
        if objection.depth == 0, let last, let url = last.issuerURLs.first {
            return InspectionFinding(
                .missingIntermediate,
                "an intermediate is missing: the chain has no certificate of \(last.issuer), which signed \(Inspection.name(last))",
                next: "put it behind the server's own certificate; the CA has it at \(url)")
        }
        return InspectionFinding(
            .unknownIssuer,
            "\(last.map { Inspection.name($0) } ?? name(of: objection)) is signed by \(last?.issuer ?? "a CA") that is neither in the chain nor among \(roots)",
            next: "name its root with --ca-file if the CA is your own; else have the server send its intermediates")
    }

    /// The certificate of the chain that an objection is about: it is told by its subject, since the path may be another than was sent.
    private func certificate(of objection: ChainObjection) -> Certificate? {
        if objection.depth == 0 { return chain.first }
        return objection.subject.flatMap { subject in chain.first { $0.subject == subject } }
    }

    private func name(of objection: ChainObjection) -> String {
        if let certificate = certificate(of: objection) { return Inspection.name(certificate) }
        return objection.subject.map { "the certificate of \($0)" } ?? "the chain"
    }

    private func key(of objection: ChainObjection) -> String { certificate(of: objection)?.keyDescription ?? "a certificate of the path" }
}
