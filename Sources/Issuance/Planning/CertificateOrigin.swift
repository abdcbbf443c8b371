internal import KubernetesAPI

/// An issuer that a certificate may come from, as it is today.
struct CertificateOrigin: Hashable, Sendable {
    /// Its name.
    let issuer: IssuerName
    /// The ACME directory that it asks; nil for other issuers and for one that is missing.
    let directory: String?
    /// Whether its CA is asked when to renew.
    let usesRenewalInfo: Bool

    init(issuer: IssuerName, directory: String?, usesRenewalInfo: Bool = false) {
        self.issuer = issuer
        self.directory = directory
        self.usesRenewalInfo = usesRenewalInfo
    }

    init(_ name: IssuerName, _ issuer: Issuer?) {
        guard case .acme(let spec)? = issuer?.spec else {
            self.init(issuer: name, directory: nil)
            return
        }
        self.init(issuer: name, directory: spec.server, usesRenewalInfo: spec.usesRenewalInfo)
    }
}

extension ACMEIssuerSpec {
    /// cert-manager's `renewalInformationSource`: empty means ARI.
    var usesRenewalInfo: Bool { (renewalInformationSource ?? "ARI") == "ARI" }
}
