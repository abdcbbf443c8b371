/// Bounds of the dashboard.
enum DashboardLimits {
    /// Streams of events at once. Beyond: 503, and the page asks every few seconds instead.
    static let streamsMax = 32
    /// How often somebody who watches is told what is new.
    static let interval = Duration.seconds(2)
    /// The share of one core that working out what is new may take: a fleet for which that takes 200 ms is looked at every 4 s.
    static let shareMax = 20
    /// The longest pause that comes of that: for 100,000 certificates on a busy machine.
    static let intervalMax = Duration.seconds(20)
    /// A stream says something at least this often, so that whoever stands between does not take it for dead.
    static let heartbeat = Duration.seconds(15)
    /// How long after the last request somebody still counts as watching.
    static let watchTime = Duration.seconds(30)
    /// What is not watched for this long is forgotten.
    static let forgetTime = Duration.seconds(300)
    /// Bytes of one event. Beyond: the page is told to fetch what is new, which costs the stream nothing.
    static let eventBytesMax = 256 * 1024
    /// Rows of certificates, and of routes. Beyond: the worst are shown, with the number of the others. Some 4 MB for a browser.
    static let rowsMax = 10_000
    /// Alerts. Beyond: those that the report has first.
    static let alertsMax = 1000
    /// What is wrong with the configuration. Beyond: the first ones, with the number of the others.
    static let problemsMax = 200
    /// Entries of the timeline: the newest.
    static let timelineMax = 200
    /// Replicas.
    static let replicasMax = 100
    /// Hosts with traffic: the busiest; the others are one row.
    static let hostsMax = 50
    /// Names of one certificate; a certificate of Let's Encrypt has at most 100.
    static let namesMax = 100
    /// Characters of a text from elsewhere. Beyond: cut, with an ellipsis.
    static let textMax = 2000
    /// Rows that are gone and of which a reader may still have to be told. Beyond: it is sent everything.
    static let goneMax = 20_000
    /// What rates, latencies and errors are of.
    static let trafficWindow = Duration.seconds(60)
    /// The least time between two looks that are kept of that.
    static let trafficStep = Duration.seconds(5)
}
