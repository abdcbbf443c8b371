internal import Core

/// What alerts are about. The raw value is kept in the store; ``name`` is the label `alertname`.
public enum AlertRule: String, Codable, Hashable, Sendable, CaseIterable {
    /// The certificate in the Secret has ended.
    case expired = "CertificateExpired"
    /// Less than 1/20 of its lifetime is left.
    case expiringTwentieth = "CertificateExpiring20"
    /// Less than 1/6 of its lifetime is left.
    case expiringSixth = "CertificateExpiring6"
    /// Less than 1/3 of its lifetime is left, and it should have been renewed by now.
    case expiringThird = "CertificateExpiring3"
    /// It should have been renewed by now, with more than 1/3 of its lifetime left.
    case renewalOverdue = "CertificateRenewalOverdue"
    /// A certificate could not be issued several times in a row.
    case issuanceFailing = "CertificateIssuanceFailing"
    /// The CA's limits hold certificates of an issuer back.
    case rateLimited = "CARateLimited"
    /// The CA of an issuer does not answer.
    case unreachable = "CAUnreachable"
    /// Somebody else's Secret has a certificate that does not fit a host.
    case hostNotCovered = "SecretDoesNotCoverHost"
    /// Visitors of a host get another certificate than the one in the Secret.
    case servedDiffers = "ServedCertificateDiffers"
    /// What the Secret holds cannot be served.
    case secretInvalid = "SecretInvalid"
    /// The account or the key of an issuer is missing, unreadable or refused.
    case issuerNotReady = "IssuerNotReady"
    /// Policies do not allow a certificate that is asked for.
    case policyDenied = "CertificatePolicyDenied"
    /// The certificate that is served is revoked.
    case revoked = "CertificateRevoked"
    /// There are more alerts than are kept.
    case omitted = "AlertsOmitted"
    /// `certctl alerts test`.
    case test = "CertctlTest"

    /// The label `alertname`.
    public var name: String {
        switch self {
        case .expiringTwentieth, .expiringSixth, .expiringThird: "CertificateExpiring"
        case .expired, .renewalOverdue, .issuanceFailing, .rateLimited, .unreachable, .hostNotCovered, .servedDiffers, .secretInvalid,
            .issuerNotReady, .policyDenied, .revoked, .omitted, .test:
            rawValue
        }
    }

    /// The label `threshold`, which tells the alerts of one ``name`` apart.
    var threshold: String? {
        switch self {
        case .expiringTwentieth: "1/20"
        case .expiringSixth: "1/6"
        case .expiringThird: "1/3"
        case .expired, .renewalOverdue, .issuanceFailing, .rateLimited, .unreachable, .hostNotCovered, .servedDiffers, .secretInvalid,
            .issuerNotReady, .policyDenied, .revoked, .omitted, .test:
            nil
        }
    }

    /// Alerts of one family about one object follow each other: the next takes the place of the one before at once.
    var family: String {
        switch self {
        case .expired, .expiringTwentieth, .expiringSixth, .expiringThird, .renewalOverdue: "expiry"
        case .issuanceFailing, .rateLimited, .unreachable, .hostNotCovered, .servedDiffers, .secretInvalid, .issuerNotReady, .policyDenied,
            .revoked, .omitted, .test:
            rawValue
        }
    }

    /// How long it must be so before anybody is told. What time alone brings about does not come and go; the rest may pass by itself.
    var minimumDuration: Duration {
        switch self {
        case .expired, .expiringTwentieth, .expiringSixth, .expiringThird, .renewalOverdue, .revoked, .omitted, .test: .zero
        case .hostNotCovered, .secretInvalid, .policyDenied, .issuanceFailing: .minutes(1)
        case .servedDiffers, .issuerNotReady: .minutes(2)
        case .rateLimited, .unreachable: .minutes(10)
        }
    }
}
