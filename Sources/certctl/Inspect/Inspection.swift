internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import PKI

/// What is in the certificates of a subject, and what is wrong with them.
struct Inspection {
    let subject: InspectionSubject
    let at: Date
    /// What is wrong; empty when it holds.
    let findings: [InspectionFinding]
    /// What was found out besides, a line each.
    let notes: [String]

    /// Checks the subject.
    ///
    /// - Parameters:
    ///   - roots: PEM; nil for the system's.
    ///   - comparison: of what is stored with what is served; nil when only one of them was looked at.
    ///   - revocation: what an authority says; nil when none was asked.
    init(
        of subject: InspectionSubject, roots: [UInt8]?, comparison: InspectionComparison? = nil, revocation: RevocationVerdict? = nil,
        at now: Date
    ) throws {
        self.subject = subject
        at = now
        let objections = try Inspection.objections(subject.chain, roots, now)
        var findings = Inspection.dates(subject.chain, now) + Inspection.names(subject) + Inspection.order(subject.chain)
        findings += ChainFindings(chain: subject.chain, hasOwnRoots: roots != nil).findings(objections, known: Set(findings.map(\.code)))
        findings += Inspection.key(subject)
        var notes = comparison?.notes ?? []
        findings += comparison?.findings ?? []
        switch revocation?.status {
        case .revoked(let since, let reason)?:
            let why = reason.map { " (\($0))" } ?? ""
            findings.append(
                InspectionFinding(
                    .revoked,
                    "\(Inspection.name(subject.chain.first)) is revoked since \(since.rfc3339)\(why), says \(revocation?.source?.description ?? "its CA")",
                    next: "replace it with a new key: `certctl renew` its Secret"))
        case .good?: notes.append("not revoked, says \(revocation?.source?.description ?? "its CA")")
        case .unknown(let why)?: notes.append("whether it is revoked is not known: \(why)")
        case nil: break
        }
        self.findings = findings
        self.notes = notes
    }

    /// Subject or first name, as messages call a certificate.
    static func name(_ certificate: Certificate?) -> String {
        guard let certificate else { return "the certificate" }
        let name = certificate.commonName ?? certificate.dnsNames.first ?? certificate.ipAddresses.first ?? certificate.subject
        return name.isEmpty ? "the certificate \(certificate.serialNumber)" : "the certificate of \(name)"
    }

    /// A file with a CA's certificate is not what a server shows: there is nothing to trust it for.
    private static func objections(_ chain: [Certificate], _ roots: [UInt8]?, _ now: Date) throws -> [ChainObjection] {
        guard chain.first?.isCA == false || roots != nil else { return [] }
        let trusted = try roots.map { roots throws(PKIError) in try TrustStore(rootsPEM: roots) } ?? .system
        return try trusted.objections(to: chain, at: now)
    }

    private static func dates(_ chain: [Certificate], _ now: Date) -> [InspectionFinding] {
        chain.compactMap { certificate in
            if certificate.isValid(at: now) { return nil }
            if now < certificate.notBefore {
                return InspectionFinding(
                    .notYetValid,
                    "\(name(certificate)) is not valid before \(certificate.notBefore.rfc3339), \(FactText.when(certificate.notBefore, now))",
                    next: "compare the clocks of this machine and of the CA, or wait until then")
            }
            return InspectionFinding(
                .expired, "\(name(certificate)) expired at \(certificate.notAfter.rfc3339), \(FactText.when(certificate.notAfter, now))",
                next: certificate.isCA
                    ? "serve the chain that the CA gives today: renew the certificate"
                    : "renew it: `certctl status HOST` says what keeps it from that")
        }
    }

    private static func names(_ subject: InspectionSubject) -> [InspectionFinding] {
        guard let host = subject.host, let leaf = subject.chain.first else { return [] }
        let covers = (try? DNSName(parsing: host)).map(leaf.covers) ?? leaf.ipAddresses.contains(IPAddressText.canonical(host) ?? host)
        guard !covers else { return [] }
        let names = leaf.dnsNames + leaf.ipAddresses
        return [
            InspectionFinding(
                .nameMismatch,
                "\(host) is not covered; the certificate is for \(names.isEmpty ? "no name" : FactText.list(names, max: 10))",
                next: "list \(host) in spec.tls of its Ingress; if it is there, what answers here may not be the proxy that serves it")
        ]
    }

    private static func order(_ chain: [Certificate]) -> [InspectionFinding] {
        guard let leaf = chain.first else { return [] }
        let repaired = CertificateChain(repairing: chain, leaf: leaf)
        var findings = repaired.dropped.filter { $0.reason != .root }.map {
            InspectionFinding(
                .unrelatedCertificate, "\(name($0.certificate)) does not belong into the chain: \($0.reason)",
                next: "take it out of the chain; clients get it for nothing, and some refuse it")
        }
        if repaired.isReordered {
            findings.append(
                InspectionFinding(
                    .wrongOrder, "the certificates of the chain are not in order",
                    next: "put each behind the one that it signed, the server's own first (RFC 8446 §4.4.2)"))
        }
        return findings
    }

    private static func key(_ subject: InspectionSubject) -> [InspectionFinding] {
        guard let key = subject.keyPEM, let pem = subject.chain.first.map({ Array(PEM.encode([$0]).utf8) }) else { return [] }
        do {
            _ = try TLSKeyPair(certificatePEM: pem, privateKeyPEM: key)
            return []
        } catch {
            return [
                InspectionFinding(
                    .keyMismatch, "tls.key and tls.crt do not go together: \(error)",
                    next: "store the key that the certificate was made for, or delete the Secret and have it issued anew")
            ]
        }
    }
}
