internal import Admin
internal import Core
internal import Proxy

extension ControlPlane {
    /// What the dashboard shows.
    func dashboardInput() async -> DashboardInput {
        let report = await report()
        let alerts = await alerts.reportForWatching(now: time.now())
        let requests = await proxy?.requestMetrics()
        let happenings = await timeline().happenings
        return DashboardInput(report: report, routes: routes, requests: requests, alerts: alerts, timeline: happenings)
    }
}
