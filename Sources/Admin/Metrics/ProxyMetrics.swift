internal import Core
public import Proxy
public import Routing
public import Telemetry

/// What the data plane counts as a whole, as metrics: ingress-nginx's names for what is the same, our own for the rest.
public struct ProxyMetrics: Sendable {
    private let counters: ProxyCounters
    private let loops: [LoopState]
    private let tlsContexts: Int
    private let routes: RouteTable
    private let controller: MetricLabels

    /// Metrics of these numbers.
    ///
    /// - Parameters:
    ///   - loops: how each of them is doing.
    ///   - tlsContexts: made from certificates, and kept.
    ///   - routes: the newest table.
    public init(
        _ counters: ProxyCounters, loops: [LoopState], tlsContexts: Int, routes: RouteTable, controller: ControllerLabels
    ) {
        self.counters = counters
        self.loops = loops
        self.tlsContexts = tlsContexts
        self.routes = routes
        self.controller = controller.labels
    }

    /// Writes how the proxy is doing as a whole: a few series, whatever there is.
    public func writeTotals(to writer: inout MetricsWriter) {
        writeConnections(to: &writer)
        writeResponses(to: &writer)
        writePool(to: &writer)
        writeLoops(to: &writer)
        writeRoutes(to: &writer)
    }

    private func writeConnections(to writer: inout MetricsWriter) {
        let c = counters
        // "reading" and "writing" are states of nginx's own; here a connection works on a request or does not.
        writer.begin(MetricFamily("nginx_ingress_controller_nginx_process_connections", .gauge, "Downstream connections by state."))
        let active = min(c.exchangesActive, c.connectionsOpen)
        writer.sample(controller.with("state", "active"), c.connectionsOpen)
        writer.sample(controller.with("state", "waiting"), c.connectionsOpen - active)
        writer.sample(controller.with("state", "writing"), active)
        writer.begin(MetricFamily("nginx_ingress_controller_nginx_process_connections_total", .counter, "Downstream connections accepted."))
        writer.sample(controller.with("state", "accepted"), c.connectionsAccepted)
        writer.sample(controller.with("state", "handled"), c.connectionsAccepted)
        writer.begin(MetricFamily("nginx_ingress_controller_nginx_process_requests_total", .counter, "Requests answered."))
        writer.sample(controller, c.responses1xx &+ c.responses2xx &+ c.responses3xx &+ c.responses4xx &+ c.responses5xx)
        one(
            "certctl_accept_pauses_total", .counter, "Times that a loop stopped accepting, for lack of room or descriptors.",
            c.acceptPauses, &writer)
        writer.begin(MetricFamily("certctl_tls_handshakes_total", .counter, "TLS handshakes by how they ended."))
        writer.sample(MetricLabels([("result", "completed")]), c.handshakes)
        writer.sample(MetricLabels([("result", "failed")]), c.handshakeFailures)
    }

    private func writeResponses(to writer: inout MetricsWriter) {
        let c = counters
        writer.begin(MetricFamily("certctl_responses_total", .counter, "Responses by class of their status; 1xx are switches of protocol."))
        for (name, count) in [
            ("1xx", c.responses1xx), ("2xx", c.responses2xx), ("3xx", c.responses3xx), ("4xx", c.responses4xx), ("5xx", c.responses5xx),
        ] {
            writer.sample(MetricLabels([("class", name)]), count)
        }
        one("certctl_local_answers_total", .counter, "Responses that the proxy gave itself.", c.localAnswers, &writer)
        one("certctl_exchanges_cut_total", .counter, "Exchanges that ended before their response was complete.", c.exchangesCut, &writer)
        one("certctl_exchanges_active", .gauge, "Exchanges and tunnels going on.", c.exchangesActive, &writer)
    }

    private func writePool(to writer: inout MetricsWriter) {
        let c = counters
        one("certctl_upstream_connections_total", .counter, "Connections made to endpoints.", c.upstreamConnections, &writer)
        one("certctl_upstream_connect_failures_total", .counter, "Attempts to connect that failed.", c.upstreamConnectFailures, &writer)
        one("certctl_upstream_failures_total", .counter, "Connections that failed with a request on them.", c.upstreamFailures, &writer)
        one(
            "certctl_upstream_stale_retries_total", .counter, "Requests sent again since a pooled connection was closed.", c.staleRetries,
            &writer)
        one(
            "certctl_upstream_connections_idle", .gauge, "Connections to endpoints that wait for a request.", c.upstreamConnectionsIdle,
            &writer)
    }

    /// Writes what rules lead to: a series for each Service port.
    public func writeUpstreams(to writer: inout MetricsWriter) {
        let upstreams = routes.allUpstreams
        writer.begin(MetricFamily("certctl_upstream_endpoints", .gauge, "Usable endpoints of a Service port that a rule leads to."))
        for upstream in upstreams { writer.sample(Self.labels(of: upstream), UInt64(upstream.endpoints.count)) }
        writer.begin(MetricFamily("certctl_upstream_unavailable", .gauge, "Service ports that rules lead to in vain, by the reason."))
        for state in [Upstream.State.noService, .noPort, .noEndpoints, .notAService] {
            writer.sample(MetricLabels([("reason", state.rawValue)]), UInt64(upstreams.count { $0.state == state }))
        }
        writeOrphans(to: &writer)
    }

    private func writeLoops(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certctl_loop_connections", .gauge, "Downstream connections of an event loop."))
        for (index, loop) in loops.enumerated() { writer.sample(MetricLabels([("loop", "\(index)")]), UInt64(loop.connectionsOpen)) }
        writer.begin(MetricFamily("certctl_loop_delay_seconds", .gauge, "How long an event loop took to get round to this scrape."))
        for (index, loop) in loops.enumerated() { writer.sample(MetricLabels([("loop", "\(index)")]), loop.delay.seconds) }
    }

    /// Ingresses of which a rule leads nowhere, by ingress-nginx's two reasons. Those that are well have no series.
    private func writeOrphans(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily(
                "nginx_ingress_controller_orphan_ingress", .gauge, "1 for an Ingress that names a Service which is not there or is empty."))
        let types = Dictionary(
            uniqueKeysWithValues: routes.allUpstreams.compactMap { upstream in upstream.orphanType.map { (upstream.id, $0) } })
        guard !types.isEmpty else { return }
        let orphans = Set(routes.allRoutes.compactMap { route in types[route.upstreamID].map { Orphan(ingress: route.ingress, type: $0) } })
        for orphan in orphans.sorted(by: { ($0.ingress, $0.type) < ($1.ingress, $1.type) }) {
            let labels = MetricLabels([("ingress", orphan.ingress.name), ("namespace", orphan.ingress.namespace), ("type", orphan.type)])
            writer.sample(controller, labels, 1 as UInt64)
        }
    }

    private struct Orphan: Hashable {
        let ingress: NamespacedName
        let type: String
    }

    private func writeRoutes(to writer: inout MetricsWriter) {
        let statistics = routes.statistics
        one("certctl_hosts", .gauge, "Hosts that rules are in force for.", UInt64(statistics.hosts), &writer)
        one(
            "certctl_tls_contexts", .gauge, "TLS contexts that are kept for certificates and policies in use.", UInt64(tlsContexts), &writer
        )
        one("certctl_routes", .gauge, "Rules and default backends in force.", UInt64(statistics.routes), &writer)
    }

    private func one(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: UInt64, _ writer: inout MetricsWriter) {
        writer.begin(MetricFamily(name, kind, help))
        writer.sample(.none, value)
    }

    private static func labels(of upstream: Upstream) -> MetricLabels {
        let port = upstream.name.split(separator: ":").last.map(String.init) ?? ""
        return MetricLabels([("namespace", upstream.service.namespace), ("service", upstream.service.name), ("port", port)])
    }
}

extension Upstream {
    /// What ingress-nginx calls it when nothing is there to send requests to.
    fileprivate var orphanType: String? {
        switch state {
        case .noService: "no-service"
        case .noEndpoints, .noPort: "no-endpoint"
        case .ok, .notAService: nil
        }
    }
}
