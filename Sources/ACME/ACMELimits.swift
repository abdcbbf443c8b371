internal import Core

/// Every bound of this module. The CA is a foreign party: nothing that it sends decides how long we wait, how much we keep or
/// how often we ask.
public enum ACMELimits {
    /// A JSON answer (directory, account, order, authorization, problem). Beyond: refused as malformed. An order with 100 names
    /// at Let's Encrypt is about 12 KiB.
    public static let jsonBytesMax = 256 * 1024
    /// A downloaded certificate chain. Beyond: refused as malformed. Today's chains are 3 to 8 KiB; post-quantum signatures
    /// (ML-DSA-87, 4.6 KiB each) still leave room.
    public static let certificateBytesMax = 256 * 1024
    /// Any URL from the CA. Beyond: refused as malformed. The usual limit of servers for a request line is 8 KiB.
    public static let urlBytesMax = 2048
    /// A nonce. Beyond: ignored as invalid (RFC 8555 §6.5.1). Boulder's have 47 bytes, Pebble's 22.
    public static let nonceBytesMax = 256
    /// Unused nonces that are kept, newest first; older ones are dropped. As many as requests run at one time, generously.
    public static let noncesKeptMax = 32
    /// Repeats of one request because of `badNonce`. Beyond: the request fails with the CA's problem. With Pebble's 5 % of
    /// rejected nonces ten in a row happen once in 10^13 requests; with 50 % once in a thousand.
    public static let badNonceRetriesMax = 10
    /// Repeats of one request after a 5xx answer or a network failure. Beyond: the caller gets the error and plans anew.
    public static let requestRetriesMax = 3
    /// Wait before the first such repeat; it doubles with each.
    public static let requestRetryDelay = Duration.seconds(1)
    /// Longest `Retry-After` of a 5xx answer that is waited for in place. Beyond: the caller gets the error with the time.
    public static let requestRetryAfterMax = Duration.seconds(10)
    /// Longest time that all requests to a CA wait after a 429. Beyond: they go on, since most limits concern one name. Let's Encrypt's limits
    /// on requests as such are over within seconds.
    public static let rateLimitPauseMax = Duration.seconds(30)
    /// How long they wait after a 429 without `Retry-After`.
    public static let rateLimitPauseDefault = Duration.seconds(5)
    /// Furthest time in the future that a `Retry-After` is believed. Beyond: cut to this. The longest window of a Let's Encrypt
    /// rate limit is 7 days.
    public static let retryAfterMax = Duration.days(7)
    /// Waits for one thing (an authorization, an order) without any progress. Beyond: the run stops as stuck and the order stays
    /// resumable. With the delays below that is about five minutes.
    public static let pollsMax = 60
    /// First wait between two polls when the CA gives no `Retry-After`; grows by half with each poll.
    public static let pollDelayMin = Duration.milliseconds(250)
    /// Longest wait between two polls of our own accord.
    public static let pollDelayMax = Duration.seconds(5)
    /// Longest `Retry-After` between two polls that is waited for in place. Beyond: the run stops with that time and the order
    /// stays resumable, so no worker is held by a slow CA.
    public static let pollRetryAfterMax = Duration.minutes(5)
    /// Names in one order. Beyond: a configuration error. Let's Encrypt's and most CAs' limit is 100.
    public static let identifiersMax = 100
    /// Authorizations that an order may list. Beyond: refused as malformed. One per name, and room for a CA that splits them.
    public static let authorizationsMax = 2 * identifiersMax
    /// Challenges that an authorization may list. Beyond: refused as malformed. Four types are registered in practice.
    public static let challengesMax = 32
    /// Names that a dns-persist-01 challenge may list. Beyond: refused as malformed. The draft's own limit is 10.
    public static let issuerDomainNamesMax = 10
    /// A challenge token. Beyond: refused as malformed. Let's Encrypt's have 43 bytes.
    public static let tokenBytesMax = 256
    /// `newOrder` requests of one run: the first, and one for each time that the CA says that the order is gone. Beyond: an error.
    public static let ordersPerRunMax = 3
    /// Further `newOrder` requests of one run because names failed and have another way, or are left out. Beyond: the error of the last
    /// failure. Three ways besides the first, and room for names that fail one after the other.
    public static let reordersPerRunMax = 6
    /// CSRs sent in one run for orders that stay `ready`. Beyond: the error of the last one, or the run stops, resumable. One, and room for a lost answer, an
    /// `orderNotReady` that passes and two replaced orders.
    public static let finalizesPerRunMax = 5
    /// Downloads of one run when what arrives cannot be read as a chain. Beyond: the order is given up. A cut body does not come
    /// three times.
    public static let downloadsPerRunMax = 3
    /// Steps of one run. Beyond: it stops, resumable. A hundred names take three steps each and a few polls; a CA that turns in
    /// circles with apparent progress ends here.
    public static let eventsPerRunMax = 5000
    /// Age at which a resumed order without an `expires` counts as expired. Let's Encrypt's orders live 7 days.
    public static let orderAgeMax = Duration.days(7)
    /// Shortest and longest wait before renewal information is read again, whatever `Retry-After` says. RFC 9773 §4.3.2.
    public static let renewalInfoRetryMin = Duration.seconds(60)
    /// See ``renewalInfoRetryMin``. RFC 9773 §4.3.2 suggests a day.
    public static let renewalInfoRetryMax = Duration.days(1)
    /// Wait before renewal information is read again when the CA gives no `Retry-After`. RFC 9773 §4.3.3.
    public static let renewalInfoRetryDefault = Duration.hours(6)
    /// How far in the future a new certificate may begin. Beyond: refused, since it would fail every client until then. CAs set the
    /// beginning back by an hour, so our clock may be slow by two.
    public static let notBeforeAheadMax = Duration.hours(1)
    /// Shortest time that a new certificate must still be valid. Below: refused, since it would be renewed without end.
    public static let lifetimeMin = Duration.seconds(60)
    /// Alternate chains that are downloaded to find the preferred one. Beyond: not looked at. Let's Encrypt offered two at most.
    public static let alternatesMax = 8
    /// Parts of a problem document that its one-line description shows. Beyond: "and N more"; the document itself stays whole.
    public static let subproblemsShownMax = 10
    /// Characters of an answer that is no problem document, kept for the error message.
    public static let excerptCharactersMax = 200
    /// Age from which the directory is read again when the CA does not know a URL from it. Below: the URL has not moved since.
    public static let directoryAgeMin = Duration.seconds(60)
    /// Age at which the directory is read again. A CA moves its resources rarely; a day-old directory has no value.
    public static let directoryAgeMax = Duration.hours(6)
}
