internal import COpenSSL

extension Certificate {
    /// Whether `issuer` signed this certificate: the names agree, the key identifiers agree where both are there, and the signature
    /// verifies. RFC 5280 §6.1.3 (a); says nothing about validity, or about whether the issuer may sign.
    public func isIssued(by issuer: Certificate) -> Bool {
        guard agreesWithKeyIdentifier(of: issuer) else { return false }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        // The default context this time: here the keys are needed.
        guard let own = unsafe ParsedCertificate.parse(der, in: nil), let other = unsafe ParsedCertificate.parse(issuer.der, in: nil)
        else { return false }
        return own.with { own in
            other.with { other in
                // Compared as RFC 5280 §7.1 wants (case, blanks, string types), which the text form cannot do.
                guard unsafe X509_NAME_cmp(X509_get_issuer_name(own), X509_get_subject_name(other)) == 0,
                    let key = unsafe X509_get0_pubkey(other)
                else { return false }
                return unsafe X509_verify(own, key) == 1
            }
        }
    }

    /// Whether names and key identifiers say that `issuer` signed this one, and the identifiers are there to say it.
    func namesAndIdentifies(_ issuer: Certificate) -> Bool {
        guard self.issuer == issuer.subject, let wanted = authorityKeyIdentifier else { return false }
        return wanted == issuer.subjectKeyIdentifier
    }

    private func agreesWithKeyIdentifier(of issuer: Certificate) -> Bool {
        guard let wanted = authorityKeyIdentifier, let has = issuer.subjectKeyIdentifier else { return true }
        return wanted == has
    }
}
