internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import PKI

/// What is stored beside what is served.
struct InspectionComparison {
    private(set) var notes: [String] = []
    private(set) var findings: [InspectionFinding] = []

    /// Compares what a server showed for a host with what is known to be stored for it.
    init(served leaf: Certificate, host: String, at address: String, facts: [CertificateFact], now: Date) {
        let pattern = HostPattern(host)
        let stored = facts.filter { fact in pattern.map { fact.hosts.contains(where: $0.matches) } ?? false }
        guard !stored.isEmpty else {
            findings.append(
                InspectionFinding(
                    .notStored, "no Secret is kept for \(host), but \(address) shows a certificate for it",
                    next: "see `certctl status`: another proxy may answer here, or its Ingress is of another class"))
            return
        }
        if let same = stored.first(where: { $0.fingerprint == leaf.sha256Fingerprint }) {
            notes.append("\(address) serves what Secret \(same.secret) holds")
            if let revoked = same.revoked {
                findings.append(
                    InspectionFinding(
                        .revoked, "the certificate in Secret \(same.secret) is revoked since \(revoked.rfc3339)",
                        next: same.advice ?? "see `certctl status \(host)`: it is replaced unless something is in the way"))
            }
            return
        }
        for fact in stored {
            findings.append(InspectionComparison.difference(leaf, host, address, fact, now))
        }
    }

    private static func difference(_ leaf: Certificate, _ host: String, _ address: String, _ fact: CertificateFact, _ now: Date)
        -> InspectionFinding
    {
        let shown = "\(address) serves serial \(leaf.serialNumber) (until \(leaf.notAfter.rfc3339)) for \(host)"
        guard fact.fingerprint != nil else {
            return InspectionFinding(
                .differsFromStored, "\(shown), but Secret \(fact.secret) holds no certificate",
                next: fact.advice ?? "see `certctl status \(host)` for what keeps it away")
        }
        let held = "serial \(fact.serialNumber ?? "unknown")" + (fact.notAfter.map { " (until \($0.rfc3339))" } ?? "")
        return InspectionFinding(
            .differsFromStored, "\(shown), but Secret \(fact.secret) holds \(held)",
            next:
                "see `certctl status \(host)` for what each replica serves; a load balancer or CDN in front may keep a certificate of its own"
        )
    }

    /// Compares what is in a Secret with what a server shows for each of its names.
    init(
        stored leaf: Certificate, secret: NamespacedName,
        answers: [(host: String, address: String, answer: Result<Certificate, CommandFailure>)]
    ) {
        for (host, address, answer) in answers {
            switch answer {
            case .success(let served) where served == leaf: notes.append("\(address) serves it for \(host)")
            case .success(let served):
                findings.append(
                    InspectionFinding(
                        .differsFromStored,
                        "\(address) serves serial \(served.serialNumber) (until \(served.notAfter.rfc3339)) for \(host), but Secret \(secret) holds serial \(leaf.serialNumber)",
                        next: "see `certctl status \(host)` for what each replica serves, and since when"))
            case .failure(let failure):
                findings.append(
                    InspectionFinding(
                        .notServed, "\(address) shows no certificate for \(host): \(failure)",
                        next: "see whether it listens there for HTTPS: `certctl status` tells where certctl does"))
            }
        }
    }
}
