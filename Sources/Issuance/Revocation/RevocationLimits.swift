internal import Core

/// What is spent on finding out whether certificates are revoked. Times are bounds of ours on what authorities say.
enum RevocationLimits {
    /// URLs of one kind that are tried for a certificate. Beyond: not looked at. Public certificates name one.
    static let urlsMax = 2
    /// How long an OCSP responder may take.
    static let ocspTime: Duration = .seconds(10)
    /// How long the download of a list may take: 16 MiB at 2.3 Mbit/s.
    static let listTime: Duration = .minutes(1)
    /// Requests at the same time. Beyond: they wait. A list may have 16 MiB.
    static let requestsAtOnceMax = 4
    /// Bytes of lists that are kept. Beyond: those go that were not used for the longest time. Two of the largest, or all parts of the
    /// lists of some CAs.
    static let listBytesMax = 32 * 1024 * 1024
    /// Certificates whose verdicts are remembered. Beyond: those go that are to be checked again anyway, or all.
    static let verdictsMax = 16_384
    /// URLs that failed that are remembered. Beyond: all go.
    static let failuresMax = 1024
    /// No authority is asked more often about one certificate.
    static let checkPeriodMin: Duration = .hours(1)
    /// A revocation is found after this time at the latest, if the authority tells.
    static let checkPeriodMax: Duration = .hours(12)
    /// A URL that failed is not asked again for this long, whatever certificate names it.
    static let failurePeriod: Duration = .minutes(10)
    /// When nothing is known it is worth asking again after this.
    static let retryPeriod: Duration = .hours(1)
    /// When there is nobody to ask. Only another certificate changes that.
    static let silencePeriod: Duration = .days(1)
}
