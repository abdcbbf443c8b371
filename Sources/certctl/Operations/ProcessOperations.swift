internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Logging
internal import Policies
internal import Proxy
internal import Routing
internal import Store

/// The same operations in this process, over a state folder that no server runs over, under its lock.
///
/// What is asked for is all that is worked on: other certificates wait for a server.
struct ProcessOperations: Operations {
    private let store: FolderStore
    private let issuance: IssuanceController
    private let proxy: ProxyServer?
    private let parts: IssuanceParts?
    private let tasks: [Task<Void, Never>]

    var endsWithThisProcess: Bool { true }
    let lookPeriod = Duration.milliseconds(250)

    /// How a process without a server meets challenges.
    struct Ordering {
        /// Where http-01 is answered.
        let http: ListenAddress
        /// Where tls-alpn-01 is answered; nil for nowhere.
        var https: ListenAddress?
        /// What else `certctl serve` would be told.
        let options: IssuanceOptions
    }

    /// Opens the folders, takes the lock, and waits until the controller knows what is there and acts.
    ///
    /// - Parameters:
    ///   - only: the certificates that may be worked on; nil for all that need it.
    ///   - ordering: how challenges are met; nil when nothing will be ordered.
    /// - Throws: ``CommandFailure`` when a folder is missing, a server holds the lock, or the address cannot be had.
    init(_ folders: FolderOptions, _ serving: ServingOptions, only: Set<NamespacedName>?, ordering: Ordering?) async throws {
        guard let state = folders.state else {
            throw CommandFailure("nothing runs, and without --state there is no folder to work in; start certctl serve, or name its folder")
        }
        guard let manifests = folders.manifests ?? folders.origin?.manifests else {
            throw CommandFailure("no server has run over \(state) yet, so the manifests are unknown; name them with --manifests")
        }
        var scope = folders.scope(else: serving)
        scope.issuance.only = only
        scope.issuance.issuersUseAmbientCredentials = ordering?.options.issuerAmbientCredentials == true
        scope.issuance.answersTLSALPN01 = ordering.map { $0.https != nil } ?? true
        scope.issuance.impliesNamespaces = true
        scope.issuance.namespacedIssuersStartPrograms = true
        scope.issuance.checksCAA = ordering?.options.skipCaa == false
        scope.issuance.startsPrograms = ordering?.options.allowsExecDNS == true
        let logger = ProcessLog.commandLogger(.certctl)
        let store = try FolderStore(manifests: manifests, state: state, ignoring: scope.ignoredKinds, logger: logger)
        do {
            let parts = try ordering.map { try IssuanceParts($0.options, listeners: nil) }
            let proxy = try await ordering.asyncMap { try await ProcessOperations.listen($0, logger) }
            let issuance = IssuanceController(
                store: store, settings: scope.issuance, ingressClasses: scope.ingressClasses, logger: logger,
                policies: .unknown("the policies have not been read yet"), dns: parts?.dns, selfCheck: parts?.selfCheck,
                published: { await proxy?.published() },
                publish: {
                    proxy?.publish(HTTP01Tokens($0.http01))
                    proxy?.publish(TLSALPN01Challenges($0.tlsALPN01))
                })
            let (isKnown, known) = AsyncStream.makeStream(of: Void.self)
            let following = Task { [scope] in
                // As a server does, but for the traffic.
                guard var catalog = try? CertificateCatalog(policy: scope.ingressClasses, now: Date()) else { return known.finish() }
                for await update in store.updates() {
                    _ = catalog.apply(update, now: Date())
                    let (policies, limits) = PolicySets.inForce(scope, update)
                    await issuance.adopt(policies, limits: limits)
                    await issuance.handle(update, certificates: catalog.verdicts(for: update))
                    known.finish()
                }
            }
            for await _ in isKnown {}
            tasks = [following, Task { await issuance.run() }]
            self.store = store
            self.proxy = proxy
            self.parts = parts
            self.issuance = issuance
        } catch {
            await store.shutdown()
            throw error
        }
        // Each change is told; the first one after it has taken over is that it has.
        for await _ in await issuance.changes() where await issuance.acts { break }
    }

    func renew(_ request: RenewalRequest) async throws -> RenewalAnswer { try await issuance.perform(request) }

    func revoke(_ request: RevocationRequest) async throws -> RevocationAnswer { try await issuance.perform(request) }

    func showAccounts(_ request: AccountRequest) async throws -> AccountList { try await issuance.showAccounts(request) }

    func rollOverAccount(_ request: AccountRequest) async throws -> AccountReport { try await issuance.rollOverAccount(request) }

    func deactivateAccount(_ request: AccountRequest) async throws -> AccountReport { try await issuance.deactivateAccount(request) }

    func check(_ request: CheckRequest) async throws -> CheckFacts { try await issuance.check(request) }

    func probe() async throws -> CheckProbe? { nil }

    func fact(of secret: NamespacedName) async throws -> CertificateFact? { await issuance.fact(of: secret) }

    func close() async {
        for task in tasks.reversed() {
            task.cancel()
            await task.value
        }
        await proxy?.drain(deadline: .seconds(1))
        await parts?.shutdown()
        await store.shutdown()
    }

    private static func listen(_ ordering: Ordering, _ logger: Logger) async throws -> ProxyServer {
        let proxy = ProxyServer(
            configuration: ProxyConfiguration(
                http: [ordering.http], https: ordering.https.map { [$0] } ?? [], threads: 1,
                tls: try PolicyFolder.tlsPolicy(named: "intermediate", folder: nil)), logger: logger
        )
        do {
            _ = try await proxy.start()
            return proxy
        } catch {
            await proxy.drain(deadline: .zero)
            throw CommandFailure(
                "challenges cannot be answered: \(error); name other addresses with --http and --https, or start certctl serve")
        }
    }
}

extension Optional {
    /// `map` for a transformation that waits.
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        switch self {
        case .some(let wrapped): try await transform(wrapped)
        case .none: nil
        }
    }
}
