internal import Core

/// Every bound of this module, what happens beyond it, and where the number comes from.
public enum AlertLimits {
    /// Alerts that are kept, resolved ones included. Beyond: the least severe are left out, and one alert says how many. One for each
    /// certificate of the largest installations that are tested.
    public static let alertsMax = 10_000
    /// AlertReceivers. Beyond: the documents are refused. A chat, a pager and a few of each team's.
    public static let receiversMax = 20
    /// Alerts of one notification; what is left over follows in the next one. About 1 MiB of JSON.
    public static let alertsPerNotificationMax = 1000
    /// Objects that keep the state. With ``alertsMax`` alerts each is well below the 1 MiB that Kubernetes takes.
    static let shards = 16
    /// Bytes of a summary and of a description. Beyond: cut. See ``shards``.
    static let summaryBytesMax = 500
    /// See ``summaryBytesMax``.
    static let descriptionBytesMax = 500
    /// How long a condition must be gone before its alert is resolved: a process that has just begun to lead does not know everything yet,
    /// and what comes and goes is not to be told each time.
    public static let resolveAfter: Duration = .minutes(5)
    /// How long it may be unknown whether an issuer is still not ready before its alert is resolved. Who waits for the issuer asks at least
    /// once a day.
    static let unknownMax: Duration = .days(1)
    /// How long resolved alerts are kept for people to look at.
    static let historyAge: Duration = .days(1)
    /// Resolved alerts that are kept for people to look at, once all receivers know of them.
    static let historyMax = 200
    /// Between two looks at the facts. Every alert's minimum duration is longer or needs no precision.
    static let evaluationInterval: Duration = .seconds(15)
    /// Between two looks while the facts are not known yet.
    static let factsInterval: Duration = .seconds(1)
    /// Failures in a row that make an alert. As many as make a rehearsal with the staging directory worth it.
    public static let failuresMin = 3
    /// The wait after the first failed delivery; doubled with each further one.
    static let retryMin: Duration = .seconds(5)
    /// The longest wait between two tries, so that a receiver that comes back hears of everything within minutes.
    static let retryMax: Duration = .minutes(10)
    /// The longest `Retry-After` that is kept. Beyond: cut, so that a receiver does not silence us for good.
    static let retryAfterMax: Duration = .hours(1)
    /// The longest sleep of a receiver's task. If the wall clock jumps, what became due is found within this time.
    static let pauseMax: Duration = .minutes(5)
    /// Bytes of a receiver's answer that are read. Beyond: the delivery failed. Answers are a word or an error page.
    static let answerBytesMax = 64 * 1024
    /// Bytes of a URL. Beyond: the document is refused.
    static let urlBytesMax = 2048
    /// Bytes of a secret value: a token, a password, a URL. Beyond: the delivery fails. HTTP servers take heads of 8 KiB.
    static let secretBytesMax = 4096
    /// The part of a lifetime after which a renewal that was due is overdue: 36 hours of 90 days, 2.4 of 6 days.
    static let overdueFraction = 1.0 / 60
}
