internal import Core
public import FoundationEssentials
public import Issuance
public import Telemetry

/// How what the store says came to be served, and until when the certificates of hosts last under ingress-nginx's name for it.
public struct ServingMetrics: Sendable {
    /// One watch of the API server.
    public struct Watch: Sendable {
        /// What it follows.
        public var subject: String
        /// Whether it gets news.
        public var isHealthy: Bool
        /// When something last came.
        public var lastEvent: Date?
        /// Complete lists so far.
        public var lists: Int

        /// Makes one.
        public init(subject: String, isHealthy: Bool, lastEvent: Date?, lists: Int) {
            self.subject = subject
            self.isHealthy = isHealthy
            self.lastEvent = lastEvent
            self.lists = lists
        }
    }

    /// Whether what the store said first is served.
    public var isReady = false
    /// Updates that were taken over.
    public var updates: UInt64 = 0
    /// Seconds from having an update to publishing what follows from it to the event loops.
    public var updateDuration = Histogram(bounds: [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
    /// When the last one was.
    public var lastUpdate: Date?
    /// What is wrong with the configuration, by where it was found out.
    public var problems: [String: Int] = [:]
    /// Whether this process leads; nil where there is nothing to lead.
    public var isLeader: Bool?
    /// The watches of the API server; empty with folders.
    public var watches: [Watch] = []

    /// Nothing happened yet.
    public init() {}

    /// Writes all of them.
    public func write(_ facts: [CertificateFact], controller: ControllerLabels, to writer: inout MetricsWriter) {
        writeUpdates(controller.labels, to: &writer)
        writeWatches(to: &writer)
        writer.begin(
            MetricFamily(
                "nginx_ingress_controller_ssl_expire_time_seconds", .gauge,
                "The end of the validity of a host's certificate, in seconds since 1970."))
        for fact in facts {
            guard let notAfter = fact.notAfter else { continue }
            let labels = controller.labels.with("class", "").with("namespace", fact.namespace).with("secret_name", fact.secretName)
                .with("identifier", "\(fact.secret)-\(fact.serialNumber ?? "")")
            for host in fact.hosts { writer.sample(labels.with("host", host), notAfter.timeIntervalSince1970.rounded()) }
        }
    }

    private func writeUpdates(_ controller: MetricLabels, to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certctl_ready", .gauge, "Whether what the store says is served."))
        writer.sample(.none, isReady ? 1.0 : 0)
        if let isLeader {
            writer.begin(MetricFamily("certctl_leader", .gauge, "Whether this process issues certificates."))
            writer.sample(.none, isLeader ? 1.0 : 0)
        }
        writer.begin(MetricFamily("certmanager_controller_sync_call_count", .counter, "Updates of the store that were taken over."))
        writer.sample(MetricLabels([("controller", "certctl")]), updates)
        writer.begin(
            MetricFamily("certctl_update_duration_seconds", .histogram, "From an update of the store to what the event loops serve by."))
        writer.histogram(.none, updateDuration)
        writer.begin(MetricFamily("certctl_problems", .gauge, "What is wrong with the configuration, by where it was found out."))
        for (source, count) in problems.sorted(by: { $0.key < $1.key }) {
            writer.sample(MetricLabels([("source", source)]), UInt64(count))
        }
        // There is no reload that could fail as a whole: what is wrong is left out, and counted above.
        let failed = (problems["store"] ?? 0) > 0
        writer.begin(
            MetricFamily("nginx_ingress_controller_config_last_reload_successful", .gauge, "Whether every document could be read."))
        writer.sample(controller, failed ? 0.0 : 1)
        guard let lastUpdate else { return }
        writer.begin(
            MetricFamily(
                "nginx_ingress_controller_config_last_reload_successful_timestamp_seconds", .gauge,
                "When the last update was taken over, in seconds since 1970."))
        writer.sample(controller, lastUpdate.timeIntervalSince1970.rounded())
    }

    private func writeWatches(to writer: inout MetricsWriter) {
        guard !watches.isEmpty else { return }
        writer.begin(MetricFamily("certctl_watch_healthy", .gauge, "Whether a watch of the API server gets news."))
        for watch in watches { writer.sample(MetricLabels([("subject", watch.subject)]), watch.isHealthy ? 1.0 : 0) }
        writer.begin(
            MetricFamily("certctl_watch_last_event_timestamp_seconds", .gauge, "When the API server last said anything on a watch."))
        for watch in watches {
            guard let last = watch.lastEvent else { continue }
            writer.sample(MetricLabels([("subject", watch.subject)]), last.timeIntervalSince1970.rounded())
        }
        writer.begin(MetricFamily("certctl_watch_lists_total", .counter, "Complete lists that the API server was asked for."))
        for watch in watches { writer.sample(MetricLabels([("subject", watch.subject)]), UInt64(max(watch.lists, 0))) }
    }
}
