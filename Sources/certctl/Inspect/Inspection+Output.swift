internal import Admin
internal import FoundationEssentials
internal import PKI

extension Inspection {
    /// For people: the source, each certificate, the verdict.
    func text(on terminal: Terminal) -> String {
        var lines = [sourceLine]
        for (index, certificate) in subject.chain.enumerated() {
            lines.append("")
            lines += rows(certificate, index).map { "\($0.0.padded(to: 14))\($0.1)" }
        }
        lines.append("")
        let body = lines.map { Terminal.harmless($0) + "\n" }.joined()
        guard !findings.isEmpty else {
            return body
                + terminal.styled(isTrustChecked ? "it holds" : "it holds (trust was not checked: name roots with --ca-file)", .good) + "\n"
        }
        return body + findings.map { terminal.styled("wrong: " + Terminal.harmless($0), .alarm) + "\n" }.joined()
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
            ("not before", certificate.notBefore.rfc3339),
            ("not after", "\(certificate.notAfter.rfc3339) (\(certificate.notAfter.distance(from: at)))"),
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
        let certificates: [Entry]
        let isTrustChecked: Bool
        let findings: [String]
    }

    /// For programs.
    func json() throws -> String {
        let entries = subject.chain.map {
            Document.Entry(
                subject: $0.subject, issuer: $0.issuer, serialNumber: $0.serialNumber, sha256: $0.sha256Fingerprint, key: $0.keyDescription,
                dnsNames: $0.dnsNames, ipAddresses: $0.ipAddresses, ocspURLs: $0.ocspURLs, crlURLs: $0.crlURLs, notBefore: $0.notBefore,
                notAfter: $0.notAfter, isCA: $0.isCA)
        }
        let document = Document(source: sourceLine, certificates: entries, isTrustChecked: isTrustChecked, findings: findings)
        return String(decoding: try AdminJSON.encoder().encode(document), as: UTF8.self)
    }
}
