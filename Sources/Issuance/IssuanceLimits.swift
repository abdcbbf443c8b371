internal import Core

/// Every bound of this module, what happens beyond it, and where the number comes from.
public enum IssuanceLimits {
    /// Issuances that run at the same time. The rest wait in order (``WorkOrder``). Let's Encrypt allows 300 orders per account
    /// in 3 hours and an order takes 5...15 s, so more would only reach that limit sooner; cert-manager bounds its challenges at 60.
    public static let issuancesAtOnceMax = 20

    /// Names of one certificate. Beyond: BadConfig, nothing is ordered. Let's Encrypt and most CAs stop at 100;
    /// so does the ACME module (`ACMELimits.identifiersMax`).
    public static let namesPerCertificateMax = 100

    /// Longest common name, in bytes. A longer first name is carried as a SAN only. RFC 5280 appendix A, ub-common-name.
    public static let commonNameBytesMax = 64

    /// A `Retry-After` of the CA is honoured up to this; beyond it is cut, so that a typing error at a CA does not stop a name
    /// for a year. Let's Encrypt's longest window is 7 days.
    public static let retryAfterMax: Duration = .days(7)

    /// One attempt, from the first request to the written Secret. Beyond: the attempt failed and the ladder decides; what the CA
    /// has already done is in the record and is resumed. Three times the 10 minutes that a slow CA takes at worst.
    public static let attemptDurationMax: Duration = .minutes(30)

    /// Renewals that may begin together before they go one by one at their pace. Half of ``issuancesAtOnceMax``.
    static let renewalsAtOnceMax = 10
    /// How much faster than a fleet needs in the long run its renewals go at most, unless they would come too late. 1.5: three days after 36
    /// hours without its CA a fleet has made up for them, and an hour never has more than one and a half times the work of the mean.
    static let renewalsAboveSteady = 1.5
    /// Renewals go as fast as this at least, however few certificates there are: one in a minute is no load for a CA.
    static let renewalsPerSecondMin = 1.0 / 60
    /// Certificates in a row that a CA does not answer before the others wait for it.
    static let failuresBeforeOutage = 3
    /// Longest wait before one certificate tries again a CA that does not answer. Two tries an hour for a whole fleet; an hour more would
    /// be a fortieth of what six-day certificates have left when they are due.
    static let outageWaitMax: Duration = .minutes(30)

    /// Turns that are worked out in advance for whoever asks when a certificate gets its own. Beyond: the moment of the last one is told,
    /// which is too early for the rest. 300 orders in 3 h make 5,000 turns two days.
    public static let turnsForeseenMax = 5000

    /// Times that a Secret may change between reading and writing it before the attempt fails. Two writers rarely meet twice.
    static let writeConflictsMax = 5

    /// Longest sleep between two looks at the plan: if the wall clock jumps (a laptop wakes up), what became due is found within
    /// this time. Everything else wakes the controller by itself.
    static let sleepMax: Duration = .hours(1)

    /// How long the record of a Secret that no Ingress wants any more is kept, so that an Ingress which disappears for a moment
    /// (an editor that writes in two steps, a Helm upgrade) neither loses its order nor escapes its backoff.
    public static let orphanedRecordGrace: Duration = .hours(1)

    /// Failures in a row after which an issuer that names a staging directory has to succeed there first. Three: the ladder's first ten
    /// minutes, while DNS and firewalls are being set up, cost a CA less than a rehearsal each time.
    public static let failuresBeforeRehearsal = 3

    /// The last part of a lifetime, in which the CA's suggestion when to renew counts no more. certmagic's 1/20.
    public static let renewalInfoOverruledFraction = 1.0 / 20

    /// The first question about a certificate comes within this time of our start. RFC 9773 §4.3.2 lets clients ask every 6 hours.
    static let renewalInfoSpread: Duration = .hours(6)
    /// The first look whether a certificate is revoked comes within this time of our start. A list of a CA is read once for all of them.
    static let revocationSpread: Duration = .hours(1)
    /// The wait after a question that failed, doubled with each failure up to ``renewalInfoRetryMax``. RFC 9773 §4.3.3.
    static let renewalInfoRetry: Duration = .minutes(15)
    /// See ``renewalInfoRetry``.
    static let renewalInfoRetryMax: Duration = .hours(6)
    /// Questions about certificates (renewal, revocation) at the same time; the rest wait. A CA's front end answers each from a cache.
    static let pollsAtOnceMax = 8
    /// The least time between two rounds of these questions: 8 each second, so that 100,000 that are due at once take 3.5 hours.
    static let pollPause: Duration = .seconds(1)

    /// Longest annotation about a renewal that is read, in bytes. Two dates, a hash and a URL are far shorter.
    static let renewalAnnotationBytesMax = 4096

    /// Notices that are kept of one attempt; further ones are dropped. Two for each of a handful of names.
    static let noticesMax = 10

    /// Things that happened to certificates and are remembered; of more the oldest are forgotten. A renewal is two, so that a fleet of
    /// 10,000 certificates is seen over some hours, in about half a megabyte.
    public static let happeningsMax = 1000
    /// Longest text of one, in bytes; beyond it is cut. The whole of an error is with the certificate.
    static let happeningTextBytesMax = 512

    /// Names that a message lists; of more it says how many.
    static let namesShownMax = 5

    /// Longest text of an error that is stored and shown, in bytes; beyond it is cut. Problem documents are far shorter.
    public static let errorTextBytesMax = 4096

    /// Longest name of a record's Secret. Beyond: it holds a hash instead of the Secret's name. Kubernetes allows 253 bytes, file
    /// systems 255 with the extension of a manifest.
    static let recordNameBytesMax = 240

    /// Shortest and longest lifetime that a CA or self-signed issuer gives. The lower one is cert-manager's minimum of 1 hour.
    static let durationMin: Duration = .hours(1)
    /// See ``durationMin``; ten years, beyond which a date is more likely a typing error than a wish.
    static let durationMax: Duration = .days(3650)
    /// Shortest `renew-before`. cert-manager's minimum of 5 minutes.
    static let renewBeforeMin: Duration = .minutes(5)
    /// Lifetime of what CA and self-signed issuers issue unless the Ingress says otherwise. cert-manager's default of 90 days.
    static let durationDefault: Duration = .days(90)

    /// Probes of `certctl check` that are answered at a time. Beyond: refused. Each is a Secret in the store for a minute.
    static let probesMax = 20
    /// How long a probe is answered: long enough to follow a few names, short enough to leave nothing behind.
    static let probeLifetime: Duration = .seconds(60)
}
