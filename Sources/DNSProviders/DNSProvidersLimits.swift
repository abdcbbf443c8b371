/// Every bound of this module, what happens beyond it, and where the number comes from.
enum DNSProvidersLimits {
    /// One answer of a provider's API. Beyond: the answer is refused. Cloudflare's largest page of records has some 100 KB.
    static let answerBytesMax = 1024 * 1024
    /// Elements, attributes and texts of one XML answer. Beyond: the answer is refused. A page of 300 record sets has some 4,000.
    static let xmlEventsMax = 100_000
    /// Elements of an XML answer inside each other. Beyond: the answer is refused. Route 53's have 6.
    static let xmlDepthMax = 32
    /// Pages of one listing. Beyond: the listing fails. 100 pages of 100 zones are more than any account may have by default.
    static let pagesMax = 100
    /// Attempts of one call when the provider asks to wait or fails on its side. Beyond: its last answer is the error.
    static let attemptsMax = 5
    /// The first wait between two attempts, doubled for each next one, when the provider names none.
    static let attemptWait = Duration.seconds(1)
    /// The longest wait between two attempts. Beyond: the call fails and says when to come back, since a challenge is waiting.
    static let attemptWaitMax = Duration.seconds(60)
    /// Attempts to change a record set that others keep changing. Beyond: the call fails.
    static let conflictsMax = 8
    /// Seconds for which resolvers may keep a record: short, as it lives for minutes. The least that Cloudflare allows.
    static let ttlSeconds = 60
    /// Characters of a provider's own words that an error repeats.
    static let wordsBytesMax = 300
    /// One request to a provider's API, with its connection.
    static let requestTimeout = Duration.seconds(30)
    /// Accounts in one Secret for acme-dns. Beyond: the Secret is refused.
    static let accountsMax = 10_000
    /// Bytes of a Secret's entry. Beyond: refused. What etcd stores for one object.
    static let secretBytesMax = 1024 * 1024
    /// Values of one TXT record set. Beyond: it is not added to, as Route 53 would refuse.
    static let valuesMax = 400
    /// Bytes of the ARN of a role. Beyond: refused, as Amazon does.
    static let roleBytesMax = 2048
    /// Bytes of a token that is sent for a role, and of one that is answered. Beyond: refused. Amazon takes 20,000.
    static let tokenBytesMax = 20_000
    /// How long before their end temporary credentials are not used any more: longer than a challenge takes.
    static let credentialsMargin = Duration.seconds(300)
    /// Temporary credentials that are kept. Beyond: made anew each time.
    static let credentialsMax = 1000
    /// How long Route 53 may take until all its servers have a change. Its documentation says 60 seconds as a rule.
    static let changeTimeout = Duration.seconds(180)
    /// How often Route 53 is asked about a change.
    static let changePollEvery = Duration.seconds(4)
    /// What a program may write. Beyond: it is killed. Its words are for people.
    static let outputBytesMax = 64 * 1024
    /// How long a program that was told to end may take before it is killed.
    static let killAfter = Duration.seconds(2)
    /// Records at one name that are looked at for dns-persist-01.
    static let persistRecordsMax = 100
    /// Bytes of one of them. Beyond: not looked at. The draft expects some 200.
    static let persistRecordBytesMax = 4096
    /// Issuer domain names of a CA. Beyond: its challenge is malformed (draft-ietf-acme-dns-persist, Challenge Object).
    static let issuerDomainNamesMax = 10
}
