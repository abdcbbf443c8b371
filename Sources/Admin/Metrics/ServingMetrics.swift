internal import Core
public import FoundationEssentials
public import Routing
public import Telemetry

/// How what the store says came to be served.
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
    /// Those among them that came with documents which could not be read.
    public var updatesWithProblems: UInt64 = 0
    /// Seconds from having an update to publishing what follows from it to the event loops.
    public var updateDuration = Histogram(bounds: [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
    /// When the last one was.
    public var lastUpdate: Date?
    /// When the last one was in which every document could be read.
    public var lastCleanUpdate: Date?
    /// What is wrong with the configuration, by where it was found out.
    public var problems: [String: Int] = [:]
    /// Whether this process leads, and by which Lease; nil where there is nothing to lead.
    public var leadership: (isLeader: Bool, lease: String)?
    /// The watches of the API server; empty with folders.
    public var watches: [Watch] = []

    /// Nothing happened yet.
    public init() {}

    /// Takes note of an update.
    ///
    /// - Parameter problems: documents that cannot be read.
    public mutating func update(took duration: Duration, problems: Int, at now: Date) {
        updateDuration.observe(duration.seconds)
        updates += 1
        lastUpdate = now
        if problems == 0 { lastCleanUpdate = now } else { updatesWithProblems += 1 }
    }

    /// Writes all of them.
    ///
    /// - Parameter routes: the newest table.
    public func write(_ routes: RouteTable, controller: ControllerLabels, to writer: inout MetricsWriter) {
        writeReadiness(controller.labels, to: &writer)
        writeUpdates(to: &writer)
        writeConfiguration(routes, controller.labels, to: &writer)
        writeWatches(to: &writer)
    }

    private func writeReadiness(_ controller: MetricLabels, to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certctl_ready", .gauge, "Whether what the store says is served."))
        writer.sample(.none, isReady ? 1.0 : 0)
        let isLeader = leadership?.isLeader == true ? 1.0 : 0
        writer.begin(MetricFamily("certctl_leader", .gauge, "Whether this process holds the Lease of those that issue certificates."))
        if leadership != nil { writer.sample(.none, isLeader) }
        writer.begin(
            MetricFamily("nginx_ingress_controller_leader_election_status", .gauge, "Whether this process holds the Lease of this name."))
        if let leadership { writer.sample(controller, MetricLabels([("name", leadership.lease)]), isLeader) }
    }

    private func writeUpdates(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily("certctl_update_duration_seconds", .histogram, "From an update of the store to what the event loops serve by."))
        writer.histogram(.none, updateDuration)
        writer.begin(
            MetricFamily(
                "certctl_last_update_timestamp_seconds", .gauge, "When the last update of the store came, in seconds since 1970."))
        if let lastUpdate { writer.sample(.none, lastUpdate.timeIntervalSince1970.rounded()) }
        writer.begin(MetricFamily("certctl_problems", .gauge, "What is wrong with the configuration, by where it was found out."))
        for (source, count) in problems.sorted(by: { $0.key < $1.key }) {
            writer.sample(MetricLabels([("source", source)]), UInt64(count))
        }
    }

    /// There is no reload that could fail as a whole: what is wrong is left out, and counted. A reload is an update here, and a good one is
    /// one in which every document could be read.
    private func writeConfiguration(_ routes: RouteTable, _ controller: MetricLabels, to writer: inout MetricsWriter) {
        func write(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?) {
            writer.begin(MetricFamily("nginx_ingress_controller_" + name, kind, help))
            if let value { writer.sample(controller, value) }
        }
        write(
            "config_hash", .gauge, "A number that stands for all rules in force; the same where the same rules are.",
            Double(routes.fingerprint))
        write(
            "config_last_reload_successful", .gauge, "Whether every document could be read at the last update.",
            (problems["store"] ?? 0) > 0 ? 0 : 1)
        write(
            "config_last_reload_successful_timestamp_seconds", .gauge, "When every document could last be read, in seconds since 1970.",
            lastCleanUpdate?.timeIntervalSince1970.rounded())
        write("success", .counter, "Updates of the store that were taken over.", Double(updates))
        write("errors", .counter, "Updates among them with documents that could not be read.", Double(updatesWithProblems))
    }

    private func writeWatches(to writer: inout MetricsWriter) {
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
