internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Proxy
internal import Routing
internal import Telemetry

/// What `/metrics` answers: asks all parts, and writes it down on no actor and no event loop.
struct MetricsPage: Sendable {
    private let issuance: IssuanceController
    private let proxy: ProxyServer?
    private let acme: ACMERequestCounts
    private let health: @Sendable () async -> [ServingMetrics.Watch]
    private let controller: ControllerLabels

    /// - Parameter health: how the watches of the API server are; none with folders.
    init(
        issuance: IssuanceController, proxy: ProxyServer?, acme: ACMERequestCounts, scope: ServingScope,
        environment: [String: String] = ProcessInfo.processInfo.environment, health: @escaping @Sendable () async -> [ServingMetrics.Watch]
    ) {
        self.issuance = issuance
        self.proxy = proxy
        self.acme = acme
        self.health = health
        controller = ControllerLabels(
            namespace: environment["POD_NAMESPACE"] ?? "", controller: scope.ingressClasses.controllerName,
            pod: environment["POD_NAME"] ?? environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName)
    }

    /// The whole text.
    ///
    /// - Parameters:
    ///   - serving: what the control plane knows.
    ///   - routes: the newest table.
    func text(_ format: MetricsFormat, serving: ServingMetrics, routes: RouteTable, now: Date) async -> [UInt8] {
        var serving = serving
        serving.watches = await health()
        let facts = await issuance.facts()
        let issuers = await issuance.issuerFacts()
        var writer = MetricsWriter(format: format, bytesExpected: 1 << 16 + facts.count * 2048)
        ProcessMetrics().write(to: &writer)
        serving.write(facts, controller: controller, to: &writer)
        CertificateMetrics(facts, issuers: issuers, now: now).write(to: &writer)
        ACMEMetrics(acme.counts).write(to: &writer)
        if let proxy {
            ProxyMetrics(await proxy.counters(), loops: await proxy.loopStates(), routes: routes, controller: controller)
                .write(to: &writer)
            RequestMetricsText(await proxy.requestMetrics(), routes: routes, controller: controller).write(to: &writer)
        }
        return writer.finish()
    }
}
