internal import Admin
internal import FoundationEssentials
internal import PKI

extension Inspection {
    /// For people: the verdict with what is wrong and what to do, then where it comes from and a paragraph for each certificate.
    func text(on terminal: Terminal) -> String {
        var lines: [String] = []
        if findings.isEmpty {
            lines.append(terminal.styled("it holds", .good))
        } else {
            for finding in findings {
                lines += HangingText(label: "wrong", labelColumns: 7, text: finding.message, labelStyle: .alarm).lines(on: terminal)
                lines += HangingText(label: "next", labelColumns: 7, text: finding.next, labelStyle: .heading).lines(on: terminal)
            }
        }
        for note in notes { lines += HangingText(label: "note", labelColumns: 7, text: note).lines(on: terminal) }
        lines += ["", terminal.styled(Terminal.harmless(sourceLine), .heading)]
        for (index, certificate) in subject.chain.enumerated() {
            lines.append("")
            for (name, value) in rows(certificate, index) {
                lines += HangingText(label: name, labelColumns: 13, text: value).lines(on: terminal)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private var sourceLine: String {
        switch subject.source {
        case .server(let answer): "\(answer.address)  \(answer.version)  ALPN \(answer.applicationProtocol ?? "none")"
        case .file(let path): path
        case .secret(let name): "Secret \(name)"
        }
    }

    private func rows(_ certificate: Certificate, _ index: Int) -> [(String, String)] {
        let names = certificate.dnsNames + certificate.ipAddresses
        var rows = [
            ("certificate", "\(index + 1) of \(subject.chain.count)\(certificate.isCA ? " (CA)" : "")"),
            ("subject", certificate.subject.isEmpty ? "(empty)" : certificate.subject),
            ("issuer", certificate.issuer),
        ]
        if !names.isEmpty { rows.append(("names", names.joined(separator: ", "))) }
        rows += [
            ("valid from", certificate.notBefore.rfc3339),
            ("valid until", "\(certificate.notAfter.rfc3339), \(FactText.when(certificate.notAfter, at))"),
            ("key", certificate.keyDescription), ("serial", certificate.serialNumber), ("SHA-256", certificate.sha256Fingerprint),
        ]
        if !certificate.ocspURLs.isEmpty { rows.append(("OCSP", certificate.ocspURLs.joined(separator: ", "))) }
        if !certificate.crlURLs.isEmpty { rows.append(("CRL", certificate.crlURLs.joined(separator: ", "))) }
        return rows
    }
}

extension Inspection {
    private struct Document: Encodable {
        struct Entry: Encodable {
            let subject, issuer, serialNumber, sha256, key: String
            let dnsNames, ipAddresses, ocspURLs, crlURLs: [String]
            let notBefore, notAfter: Date
            let isCA: Bool
        }
        let source: String
        let at: Date
        let certificates: [Entry]
        let findings: [InspectionFinding]
        let notes: [String]
    }

    /// For programs.
    func json() throws -> String {
        let entries = subject.chain.map {
            Document.Entry(
                subject: $0.subject, issuer: $0.issuer, serialNumber: $0.serialNumber, sha256: $0.sha256Fingerprint, key: $0.keyDescription,
                dnsNames: $0.dnsNames, ipAddresses: $0.ipAddresses, ocspURLs: $0.ocspURLs, crlURLs: $0.crlURLs, notBefore: $0.notBefore,
                notAfter: $0.notAfter, isCA: $0.isCA)
        }
        return try JSONOutput.text(of: Document(source: sourceLine, at: at, certificates: entries, findings: findings, notes: notes))
    }
}
