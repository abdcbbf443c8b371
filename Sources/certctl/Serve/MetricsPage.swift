internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Proxy
internal import Routing
internal import Telemetry

/// What `/metrics` answers: asks all parts, and writes it down on no event loop.
///
/// Whoever asks while a page is being written gets that page: however many scrape, there is the work of one.
actor MetricsPage {
    /// What the control plane knows.
    struct Input: Sendable {
        var serving: ServingMetrics
        /// The newest table.
        var routes: RouteTable
        /// Nil before the first update, and in a process that serves no traffic.
        var index: CertificateIndex?
        var now: Date
    }

    private let issuance: IssuanceController
    private let proxy: ProxyServer?
    private let stapling: StaplingKeeper?
    private let acme: ACMERequestCounts
    private let backend: any Backend
    private let controller: ControllerLabels
    private let seriesMax: Int
    private let telemetry: @Sendable () -> TelemetryMetrics
    private var pages: [MetricsFormat: Task<[UInt8], Never>] = [:]

    /// - Parameters:
    ///   - seriesMax: what is beyond is left out, and counted.
    ///   - telemetry: what became of log lines and spans.
    init(
        issuance: IssuanceController, proxy: ProxyServer?, stapling: StaplingKeeper?, acme: ACMERequestCounts, scope: ServingScope,
        backend: any Backend,
        seriesMax: Int, telemetry: @escaping @Sendable () -> TelemetryMetrics,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.issuance = issuance
        self.proxy = proxy
        self.stapling = stapling
        self.acme = acme
        self.backend = backend
        self.seriesMax = seriesMax
        self.telemetry = telemetry
        controller = ControllerLabels(
            namespace: environment["POD_NAMESPACE"] ?? "", controller: scope.ingressClasses.controllerName,
            pod: environment["POD_NAME"] ?? environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName)
    }

    /// The whole text.
    func text(_ format: MetricsFormat, _ input: @escaping @Sendable () async -> Input) async -> [UInt8] {
        if let page = pages[format] { return await page.value }
        // Detached: it belongs to all who wait for it, and must not hold up this actor.
        let page = Task.detached { [self] in await write(format, await input()) }
        pages[format] = page
        defer { pages[format] = nil }
        return await page.value
    }

    nonisolated private func write(_ format: MetricsFormat, _ input: Input) async -> [UInt8] {
        var serving = input.serving
        serving.watches = await backend.watches()
        serving.leadership = backend.lease.map { (backend.leadership.isLeader(), $0.description) }
        let facts = await issuance.facts()
        let numbers = await issuance.numbers()
        let issuers = await issuance.issuerFacts()
        // What matters most first: what comes last is left out first.
        var writer = MetricsWriter(
            format: format, seriesMax: seriesMax, bytesExpected: Self.bytesExpected + facts.count * Self.certificateBytesExpected)
        ProcessMetrics().write(controller: controller, to: &writer)
        serving.write(input.routes, controller: controller, to: &writer)
        telemetry().write(to: &writer)
        var proxyMetrics: ProxyMetrics?
        if let proxy {
            proxyMetrics = ProxyMetrics(
                await proxy.counters(), loops: await proxy.loopStates(), tlsContexts: proxy.contextCount, routes: input.routes,
                controller: controller)
        }
        proxyMetrics?.writeTotals(to: &writer)
        ACMEMetrics(acme.counts).write(to: &writer)
        IssuanceMetrics(numbers, serving: serving).write(to: &writer)
        CertificateMetrics(facts, issuers: issuers, now: input.now).write(to: &writer)
        if let stapling { StaplingMetrics(await stapling.facts()).write(to: &writer) }
        proxyMetrics?.writeUpstreams(to: &writer)
        if let proxy, let index = input.index {
            HostCertificateMetrics(facts, index: index, controller: controller).write(to: &writer)
            RequestMetricsText(await proxy.requestMetrics(), routes: input.routes, controller: controller).write(to: &writer)
        }
        writer.writeSeriesCounts()
        return writer.finish()
    }

    private static let bytesExpected = 1 << 16
    /// With its share of what is counted of requests. What is not used of it is never touched.
    private static let certificateBytesExpected = 4608
}
