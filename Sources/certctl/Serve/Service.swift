internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Logging
internal import NIOCore
internal import Policies
internal import Proxy
internal import Routing
internal import Store

/// One `certctl serve` from start to end: makes the parts, joins them, and takes them down in order.
struct Service {
    let options: ServeOptions
    private let logger = Logger(label: "serve")

    init(options: ServeOptions) {
        self.options = options
    }

    /// Runs until SIGTERM or SIGINT, or until a part cannot go on.
    func run() async throws {
        let signals = TerminationSignals()
        let ingressClasses = options.scope.ingressClasses
        let store = try FolderStore(manifests: options.manifests, state: options.state, logger: Logger(label: "store"))
        let proxy = ProxyServer(configuration: try proxyConfiguration(), logger: Logger(label: "proxy"))
        let issuance = IssuanceController(
            store: store, settings: options.scope.issuance, ingressClasses: ingressClasses, logger: Logger(label: "issuance"),
            published: { await proxy.published() }, publish: { proxy.publish(HTTP01Tokens($0)) })
        let plane = try ControlPlane(ingressClasses: ingressClasses, proxy: proxy, issuance: issuance, time: SystemTime())
        let admin = try await AdminServer.start(on: options.admin) { await plane.answer($0) }
        try await store.record(
            StateOrigin(
                manifests: Service.absolute(options.manifests), adminAddress: admin.address.description, flags: options.scope.flags))

        let following = Task { try await follow(store, plane, proxy, admin) }
        let issuing = Task { await issuance.run() }
        await withTaskGroup { group in
            group.addTask { [stream = signals.stream] in for await _ in stream { return } }
            group.addTask { _ = await following.result }
            await group.next()
            following.cancel()
            group.cancelAll()
        }
        await stop(plane, proxy, signals.stream)
        issuing.cancel()
        await issuing.value
        await admin.stop()
        await store.shutdown()
        logger.info("stopped")
        if case .failure(let error) = await following.result, !(error is CancellationError) { throw error }
    }

    /// Applies updates; after the first, everything that is known is in force, and the listeners open.
    private func follow(_ store: FolderStore, _ plane: ControlPlane, _ proxy: ProxyServer, _ admin: AdminServer) async throws {
        var isListening = false
        let refreshing = Task {
            while (try? await Task.sleep(for: .seconds(30))) != nil { await plane.refresh() }
        }
        defer { refreshing.cancel() }
        for await update in store.updates() {
            await plane.apply(update)
            guard !isListening else { continue }
            isListening = true
            await proxy.published()
            let bound = try await proxy.start()
            await plane.setReady(true)
            logger.info(
                "serving",
                metadata: [
                    "http": "\(words(bound.http))", "https": "\(words(bound.https))", "admin": "\(admin.address)",
                    "ingresses": "\(update.objects.ingresses.count)", "secrets": "\(update.objects.secrets.count)",
                    "version": "\(Version.current)",
                ])
        }
    }

    private func stop(_ plane: ControlPlane, _ proxy: ProxyServer, _ signals: AsyncStream<Int32>) async {
        logger.info("stopping: no new connections, waiting for requests in progress", metadata: ["seconds": "\(options.drainSeconds)"])
        await plane.setReady(false)
        let drained = Task { await proxy.drain(deadline: .seconds(options.drainSeconds)) }
        await drained.value
    }

    private func proxyConfiguration() throws -> ProxyConfiguration {
        var configuration = ProxyConfiguration(
            http: [options.http], https: [options.https], threads: options.threads ?? System.coreCount,
            tls: try PolicyFolder.tlsPolicy(named: options.tlsProfile, folder: options.policies))
        configuration.publicHTTPSPort = options.publicHttpsPort
        configuration.limits.requestBodyBytesMax = options.bodyBytesMax
        if options.accessLog {
            let writer = AccessLogWriter(format: options.logFormat)
            configuration.accessLog = { writer.write($0) }
        }
        return configuration
    }

    private static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    }

    private func words(_ addresses: [ListenAddress]) -> String {
        addresses.map(\.description).joined(separator: ",")
    }
}
