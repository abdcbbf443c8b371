public import Alerts
public import Issuance
public import Proxy
public import Routing

/// What the dashboard shows, as of one moment.
public struct DashboardInput: Sendable {
    /// Everything about certificates and the configuration.
    public var report: StatusReport
    /// The newest table.
    public var routes: RouteTable
    /// What the loops have counted; nil in a process that serves no traffic or counts nothing.
    public var requests: [RouteRequests]?
    /// Alerts that fire, are pending or are over.
    public var alerts: AlertReport?
    /// What happened to certificates lately, in this process.
    public var timeline: [IssuanceHappening]

    /// Makes an input from its parts.
    public init(
        report: StatusReport, routes: RouteTable, requests: [RouteRequests]?, alerts: AlertReport?, timeline: [IssuanceHappening] = []
    ) {
        self.report = report
        self.routes = routes
        self.requests = requests
        self.alerts = alerts
        self.timeline = timeline
    }
}
