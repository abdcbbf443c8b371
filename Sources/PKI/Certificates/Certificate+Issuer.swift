internal import COpenSSL

extension Certificate {
    /// Whether `issuer` signed this certificate: the names agree, the key identifiers agree where both are there, and the signature
    /// verifies. RFC 5280 §6.1.3 (a); says nothing about validity, or about whether the issuer may sign.
    public func isIssued(by issuer: Certificate) -> Bool {
        guard agreesWithKeyIdentifier(of: issuer) else { return false }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        return isNamed(by: issuer) && isSigned(by: issuer)
    }

    /// Whether names and key identifiers say that `issuer` signed this one, and the identifiers are there to say it.
    func namesAndIdentifies(_ issuer: Certificate) -> Bool {
        guard self.issuer == issuer.subject, let wanted = authorityKeyIdentifier else { return false }
        return wanted == issuer.subjectKeyIdentifier
    }

    /// Compares the names as RFC 5280 §7.1 wants (case, blanks, string types), which the text form cannot do.
    private func isNamed(by issuer: Certificate) -> Bool {
        OpenSSL.withParsingContext { context in
            guard let own = unsafe ParsedCertificate.parse(der, in: context),
                let other = unsafe ParsedCertificate.parse(issuer.der, in: context)
            else { return false }
            return own.with { own in
                other.with { other in unsafe X509_NAME_cmp(X509_get_issuer_name(own), X509_get_subject_name(other)) == 0 }
            }
        }
    }

    /// Verifies the signature. In the default context: here the keys are needed, ten times the work of the names.
    private func isSigned(by issuer: Certificate) -> Bool {
        guard let own = unsafe ParsedCertificate.parse(der, in: nil), let other = unsafe ParsedCertificate.parse(issuer.der, in: nil)
        else { return false }
        return own.with { own in
            other.with { other in
                guard let key = unsafe X509_get0_pubkey(other) else { return false }
                return unsafe X509_verify(own, key) == 1
            }
        }
    }

    private func agreesWithKeyIdentifier(of issuer: Certificate) -> Bool {
        guard let wanted = authorityKeyIdentifier, let has = issuer.subjectKeyIdentifier else { return true }
        return wanted == has
    }
}
