internal import Core

/// Every bound of this module, what happens beyond it, and where the number comes from.
public enum CALimitsLimits {
    /// Largest `count` of a limit. Beyond: the document is refused. Let's Encrypt's largest is 30,000.
    public static let countMax = 1_000_000

    /// Longest `window` of a limit, in days. Beyond: the document is refused. Let's Encrypt's longest is 1,152 days.
    public static let windowDaysMax = 3_650

    /// Buckets that one ledger keeps. Beyond: the bucket that has most left is forgotten, and the CA counts for us; its 429 is honoured.
    /// Let's Encrypt lets one account leave about 4,000 behind (300 orders in 3 h, each remembered for 34 h); a Secret holds 1 MiB,
    /// which is 20,000 buckets of 45 bytes.
    public static let bucketsMax = 20_000

    /// Moments named by a CA (429) that one ledger keeps. Beyond: the earliest is forgotten.
    public static let refusalsMax = 1_000

    /// Buckets of one limit that a ``BudgetReport`` has. Beyond: those of which most is spent are in it, the rest is a number. A screen or two.
    public static let reportedPerLimitMax = 100

    /// Longest key of a bucket, in bytes. Beyond: it is replaced by a hash. A DNS name has 253, an account's name in the store 506.
    static let keyBytesMax = 800

    /// A 429 that names nobody holds back the whole account, but not for longer than this; the certificate that it was said about waits as
    /// long as the CA asked. Let's Encrypt's accounts refill within 36 s.
    public static let unnamedRefusalMax: Duration = .hours(1)

    /// Longest wait that a CA may ask for. Beyond: it is cut, so that a typing error at a CA does not stop a name for a year. Let's
    /// Encrypt's longest window is 7 days.
    public static let retryAfterMax: Duration = .days(7)

    /// How much later than by our own count an order is sent, since the CA counts an order a little later than we do.
    static let margin: Duration = .seconds(2)
}
