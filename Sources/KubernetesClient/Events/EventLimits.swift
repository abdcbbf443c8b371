/// What events may cost the API server and us. The numbers are client-go's where it has them (`tools/events`, `tools/record`).
public enum EventLimits {
    /// `note`. Beyond: cut. What validation of events.k8s.io/v1 allows.
    public static let noteBytesMax = 1024
    /// `reason`, `action` and `reportingInstance`. Beyond: cut. What validation allows.
    public static let wordBytesMax = 128
    /// Name of an Event. Beyond: the object's name in it is cut. RFC 1123 subdomain.
    static let nameBytesMax = 253
    /// Events that wait for the API server. Beyond: dropped and counted; issuing never waits for them.
    public static let queueMax = 1000
    /// An event that comes again within this time after the last is one more of its series; later it is a new one.
    public static let seriesGap = Duration.seconds(6 * 60)
    /// How often a long series is written, so that the API server, which forgets events after an hour, keeps it.
    public static let seriesRefresh = Duration.seconds(30 * 60)
    /// How often ended series are looked for.
    static let tickInterval = Duration.seconds(60)
    /// New events about one object in a row. Beyond: dropped and counted, until tokens come back.
    public static let objectBurst = 25
    /// How long it takes until an object may have one more.
    public static let objectRefill = Duration.seconds(300)
    /// Series and objects that are remembered. Beyond: the quarter that was quiet for longest is forgotten; what comes again is then
    /// a new event.
    public static let rememberedMax = 4096
    /// Sendings of one event while the API server is away or busy. Beyond: dropped and counted.
    static let attemptsMax = 12
    /// The first pause between two sendings; it doubles up to ``pauseMax``.
    static let pauseMin = Duration.seconds(1)
    /// See ``pauseMin``.
    static let pauseMax = Duration.seconds(10)
}
