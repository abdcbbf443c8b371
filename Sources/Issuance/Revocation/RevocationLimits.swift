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
    /// A URL that failed is not asked again for this long, whatever certificate names it; twice as long each further time, up to
    /// ``failurePeriodMax``.
    static let failurePeriodMin: Duration = .minutes(1)
    /// See ``failurePeriodMin``: one that hangs for ten seconds takes a sixtieth of one place then.
    static let failurePeriodMax: Duration = .minutes(10)
    /// When nothing is known it is worth asking again after this.
    static let retryPeriod: Duration = .hours(1)
    /// When there is nobody to ask. Only another certificate changes that.
    static let silencePeriod: Duration = .days(1)

    /// Certificates that a stapler asks about at the same time; the rest wait. As many requests go out at once.
    static let staplesAtOnceMax = requestsAtOnceMax
    /// Longest response that is stapled, in bytes. Beyond: none is. Each handshake carries it; with a delegated responder's certificate it has
    /// some 2 KiB, and TLS 1.3 has room for less than 64 (RFC 8446 §4.4.2).
    static let stapleBytesMax = 16 * 1024
    /// How long a response is stapled that does not say until when it holds. nginx asks anew after an hour, too.
    static let stapleTimeWithoutEnd: Duration = .hours(1)
    /// The part of a response's remaining time after which a newer one is asked for, with ``stapleJitter`` to either side.
    static let stapleRefreshFraction = 0.5
    /// So that replicas that started together do not ask together.
    static let stapleJitter = 0.1
    /// The least time between two questions that are answered, however short the answers' lives.
    static let stapleRefreshMin: Duration = .minutes(1)
    /// The wait after a question without a usable answer, doubled with each up to ``stapleRetryMax``, with a quarter to either side.
    static let stapleRetryMin: Duration = .minutes(1)
    /// See ``stapleRetryMin``. Half of a response's life is there for it: days, with public CAs.
    static let stapleRetryMax: Duration = .hours(1)
    /// Longest sleep of a stapler: if the wall clock jumps, what is out of date is found within this time.
    static let stapleSleepMax: Duration = .hours(1)
}
