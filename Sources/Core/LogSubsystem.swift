/// The parts of the program that log, by the names that `--log-level` and the `subsystem` of a line have.
public enum LogSubsystem: String, Sendable, Hashable, CaseIterable {
    /// Starting, serving and stopping.
    case serve
    /// Certificates: attempts, renewals, revocations, budgets.
    case issuance
    /// What is said to ACME CAs, step by step.
    case acme
    /// dns-01: providers, records, propagation.
    case dns01
    /// Issuance and TLS policies.
    case policies
    /// Listeners, handshakes, upstreams. Requests are in the access log.
    case proxy
    /// OCSP responses for the certificates that are served.
    case stapling
    /// Who may ask the admin API.
    case admin
    /// Objects: what is read and what is wrong with it.
    case store
    /// Requests to the API server.
    case kubernetes
    /// Who leads.
    case election
    /// Events and statuses written to the cluster.
    case reporting
    /// What operators ask for through the cluster.
    case operations
    /// Alerts and their receivers.
    case alerts
    /// Export of traces.
    case traces
    /// The log itself: lines dropped, levels changed.
    case log
    /// Commands other than `serve`.
    case certctl
}
