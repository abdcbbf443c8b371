internal import Glibc
internal import KubernetesAPI
internal import Logging
internal import Manifests
internal import Synchronization

/// The threads and the shared state behind a ``FolderStore``.
///
/// Two threads: `certctl-watch` waits for events, reads and parses; `certctl-state` writes. Both apply what they did to the
/// model under one lock, under which updates are sent too, so that every reader sees the same order.
final class FolderEngine: Sendable {
    struct Options: Sendable {
        var manifests: String?
        /// nil only for a reader of manifests alone.
        var state: String?
        var isReadOnly = false
        /// Kinds that are counted and left alone, like those that certctl does not know.
        var ignoredKinds: Set<ObjectKind> = []
        /// Faults for tests.
        var writer = AtomicFile()
        /// Watches per folder, for tests.
        var watchesMax = Int.max
        /// Called by the watching thread before it looks for events, for tests that hold it up.
        var beforeEvents: (@Sendable () -> Void)?
        var threads = min(StoreLimits.parseThreadsMax, max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
    }

    struct Shared: ~Copyable, Sendable {
        var model = ObjectModel()
        /// What is wrong with folders, by folder.
        var folderProblems: [SourceID.Origin: [StoreProblem]] = [:]
        var published: StoreUpdate?
        /// State files that are being written at this moment.
        var inFlight: Set<String> = []
        /// State files that were or are written since the watching thread last began to read.
        var written: Set<String> = []
        var isStopped = false
        var lock: StateLock?
    }

    let options: Options
    let logger: Logger
    let broadcast = UpdateBroadcast()
    let writes: SerialThread
    let folder: StateFolder
    let shared: Mutex<Shared>
    let wake: WakeSignal
    private let watcher: Mutex<NamedThread?> = Mutex(nil)
    private let writeCount = Atomic(0)

    init(_ options: Options, logger: Logger) throws(StoreError) {
        self.options = options
        self.logger = logger
        folder = StateFolder(root: options.state ?? "", writer: options.writer)
        do {
            wake = try WakeSignal()
            writes = try SerialThread()
        } catch {
            throw error.storeError
        }
        try FolderEngine.checkFolders(options)
        var shared = Shared()
        if !options.isReadOnly { shared.lock = try FolderEngine.take(folder, logger) }
        self.shared = Mutex(shared)
    }

    func start() throws(StoreError) {
        do throws(SystemError) {
            try writes.start("certctl-state")
            let started = try NamedThread("certctl-watch") { [self] in watch() }
            watcher.withLock { $0 = started }
        } catch {
            writes.open()
            stop()
            throw error.storeError
        }
    }

    func stop() {
        shared.withLock { $0.isStopped = true }
        wake.raise()
        writes.stop()
    }

    /// Waits for both threads, then gives the lock back. Blocks.
    func join() {
        let thread = watcher.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        writes.join()
        shared.withLock { $0.lock = nil }
    }

    /// A number that no other write of this process has.
    func nextWrite() -> Int { writeCount.wrappingAdd(1, ordering: .relaxed).newValue }

    private static func take(_ folder: StateFolder, _ logger: Logger) throws(StoreError) -> StateLock {
        do throws(SystemError) {
            try FileSystem.makeFolder(folder.root)
        } catch {
            throw error.storeError
        }
        let lock = try StateLock(folder: folder.root)
        do throws(SystemError) {
            try folder.prepare(logger)
        } catch {
            throw error.storeError
        }
        return lock
    }

    private static func checkFolders(_ options: Options) throws(StoreError) {
        guard let manifests = options.manifests, let state = options.state else { return }
        let identity = (try? FileStatus(of: manifests))?.identity
        guard manifests != state, identity == nil || identity != (try? FileStatus(of: state))?.identity else {
            throw StoreError(
                .configuration, subject: "folder \(manifests)", reason: "the manifests and the state cannot be in the same folder")
        }
    }
}

extension FolderEngine.Shared {
    /// Sends what became different to all readers. With the lock held.
    ///
    /// - Parameter touched: the keys of the objects that may be different since the last call.
    mutating func publish(_ touched: Set<ObjectKey>, to broadcast: UpdateBroadcast, _ logger: Logger) {
        let changes = published.map { ChangeSet(from: $0.objects, to: model.objects, among: touched) } ?? ChangeSet(isEverything: true)
        var problems = model.problems()
        for origin in [SourceID.Origin.state, .manifests] { problems.insert(contentsOf: folderProblems[origin] ?? [], at: 0) }
        let ignored = model.ignoredKinds
        if let published, changes.isEmpty, published.problems == problems, published.ignoredKinds == ignored { return }
        let update = StoreUpdate(objects: model.objects, changed: changes, problems: problems, ignoredKinds: ignored)
        log(problems, logger)
        published = update
        broadcast.send(update)
    }

    private func log(_ problems: [StoreProblem], _ logger: Logger) {
        let before = Set(published?.problems ?? [])
        // The list in the update is complete; the log needs no more than a screenful at once.
        for problem in problems.filter({ !before.contains($0) }).prefix(20) {
            logger.warning("an object cannot be used", metadata: ["problem": "\(problem)"])
        }
    }
}
