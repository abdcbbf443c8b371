internal import Core
internal import FoundationEssentials

/// The credential of an exec plugin: one run at a time for all who ask, kept until it expires or is refused.
actor ExecCredentialSource {
    /// How an asker learns of the outcome; nil when it is cancelled itself.
    private typealias Outcome = Result<ExecCredential, ClusterConfigurationError>

    private let plugin: ExecPlugin
    private let configuration: ClusterConfiguration
    private let time: any TimeSource
    private var credential: ExecCredential?
    private var failure: (error: ClusterConfigurationError, until: Date)?
    private var run: Task<Void, Never>?
    private var askers: [Int: CheckedContinuation<Outcome?, Never>] = [:]
    private var nextAsker = 0

    init(_ plugin: ExecPlugin, _ configuration: ClusterConfiguration, time: any TimeSource) {
        self.plugin = plugin
        self.configuration = configuration
        self.time = time
    }

    /// The credential; runs the plugin when there is none that is valid.
    ///
    /// - Returns: nil when the task is cancelled meanwhile; the run goes on for the others.
    func current(caPEM: [UInt8]?) async throws(ClusterConfigurationError) -> ExecCredential? {
        let now = time.now()
        if let credential, credential.isValid(at: now) { return credential }
        if let failure, now < failure.until { throw failure.error }
        if run == nil { run = Task { await self.ask(caPEM) } }
        return try await wait()?.get()
    }

    /// Forgets a credential that the API server refuses, unless there is another one already.
    func refuse(_ refused: ExecCredential) {
        if credential == refused { credential = nil }
    }

    /// Ends a run.
    func stop() { run?.cancel() }

    private func wait() async -> Outcome? {
        nextAsker += 1
        let id = nextAsker
        return await withTaskCancellationHandler {
            await withCheckedContinuation { asker in
                if Task.isCancelled { asker.resume(returning: nil) } else { askers[id] = asker }
            }
        } onCancel: {
            Task { await self.leave(id) }
        }
    }

    private func leave(_ id: Int) { askers.removeValue(forKey: id)?.resume(returning: nil) }

    private func ask(_ caPEM: [UInt8]?) async {
        let outcome: Outcome
        do throws(ClusterConfigurationError) {
            let isInteractive = try ExecProcess.isInteractive(plugin)
            let info = plugin.info(for: configuration, caPEM: caPEM, isInteractive: isInteractive)
            let output = try await ExecProcess.run(plugin, info: info, isInteractive: isInteractive)
            let fresh = try ExecCredential(parsing: output, of: plugin)
            guard fresh.isValid(at: time.now()) else {
                throw ClusterConfigurationError("exec plugin \(plugin.command)", "the credential that it printed has expired")
            }
            (credential, failure) = (fresh, nil)
            outcome = .success(fresh)
        } catch {
            failure = (error, time.now().addingTimeInterval(Limits.execFailurePause.seconds))
            outcome = .failure(error)
        }
        run = nil
        for asker in askers.values { asker.resume(returning: outcome) }
        askers = [:]
    }
}
