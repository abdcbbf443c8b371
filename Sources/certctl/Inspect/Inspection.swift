internal import Admin
internal import Core
internal import FoundationEssentials
internal import PKI

/// What is in the certificates of a subject, and what is wrong with them.
struct Inspection {
    let subject: InspectionSubject
    let at: Date
    /// Whether roots were looked for: for a server always, for a file or a Secret when roots are given.
    let isTrustChecked: Bool
    /// What is wrong, in words; empty when it holds.
    let findings: [String]

    /// Checks the subject.
    ///
    /// - Parameter roots: PEM; nil for the system's.
    init(of subject: InspectionSubject, roots: [UInt8]?, at now: Date) throws {
        self.subject = subject
        at = now
        var isServer = false
        if case .server = subject.source { isServer = true }
        isTrustChecked = isServer || roots != nil
        var findings = Inspection.dates(subject.chain, now) + Inspection.names(subject) + Inspection.order(subject.chain)
        if let key = subject.keyPEM, let pem = subject.chain.first.map({ Array(PEM.encode([$0]).utf8) }) {
            do { _ = try TLSKeyPair(certificatePEM: pem, privateKeyPEM: key) } catch { findings.append("\(error)") }
        }
        if isTrustChecked {
            let trusted = try roots.map { roots throws(PKIError) in try TrustStore(rootsPEM: roots) } ?? .system
            if let refusal = try trusted.refusal(of: subject.chain, at: now) { findings.append("not trusted: \(refusal)") }
        }
        self.findings = findings
    }

    private static func dates(_ chain: [Certificate], _ now: Date) -> [String] {
        chain.compactMap { certificate in
            if certificate.isValid(at: now) { return nil }
            return now < certificate.notBefore
                ? "\(certificate.subject) is not valid before \(certificate.notBefore.rfc3339)"
                : "\(certificate.subject) expired at \(certificate.notAfter.rfc3339)"
        }
    }

    private static func names(_ subject: InspectionSubject) -> [String] {
        guard let host = subject.host, let leaf = subject.chain.first else { return [] }
        let covers = (try? DNSName(parsing: host)).map(leaf.covers) ?? leaf.ipAddresses.contains(host)
        let names = (leaf.dnsNames + leaf.ipAddresses).joined(separator: ", ")
        return covers ? [] : ["\(host) is not covered; the certificate is for \(names.isEmpty ? "no name" : names)"]
    }

    private static func order(_ chain: [Certificate]) -> [String] {
        guard let leaf = chain.first else { return [] }
        let repaired = CertificateChain(repairing: chain, leaf: leaf)
        var findings = repaired.dropped.filter { $0.reason != .root }.map { "\($0.certificate.subject) does not belong here: \($0.reason)" }
        if repaired.isReordered { findings.append("the chain is not in order") }
        return findings
    }
}
