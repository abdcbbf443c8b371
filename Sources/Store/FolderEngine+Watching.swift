internal import Glibc
internal import KubernetesAPI
internal import Logging
internal import Manifests
internal import Synchronization

/// The watching thread.
extension FolderEngine {
    func watch() {
        let trees = makeTrees()
        load(trees)
        writes.open()
        while !shared.withLock({ $0.isStopped }) {
            wait(for: trees)
            options.beforeEvents?()
            for (_, tree) in trees { tree.drainEvents(now: .now) }
            for (origin, tree) in trees { process(origin, tree) }
        }
        broadcast.finish()
    }

    private typealias Tree = (origin: SourceID.Origin, tree: FolderTree)

    private func makeTrees() -> [Tree] {
        var trees: [Tree] = []
        let now = ContinuousClock.now
        if let manifests = options.manifests {
            var folder = FolderTree.Options(root: manifests) { ManifestFileName.isManifest(FileSystem.name(of: $0)) }
            folder.excluded = options.state
            folder.watchesMax = options.watchesMax
            trees.append((.manifests, FolderTree(folder, now: now)))
        }
        guard let state = options.state else { return trees }
        var folder = FolderTree.Options(root: state) {
            StatePath.isObjectPath($0) && ManifestFileName.isManifest(FileSystem.name(of: $0))
        }
        folder.watchesMax = options.watchesMax
        trees.append((.state, FolderTree(folder, now: now)))
        return trees
    }

    /// The first reading of everything, which becomes the first update.
    private func load(_ trees: [Tree]) {
        var touched: Set<ObjectKey> = []
        for (origin, tree) in trees {
            tree.start(now: .now)
            let paths = tree.takeDue(now: .now)
            let readings = read(paths, origin, tree)
            shared.withLock { shared in
                for (path, reading) in zip(paths, readings) {
                    note(reading, path, tree)
                    shared.model.apply(reading.content, of: SourceID(origin: origin, path: path), touched: &touched)
                }
                shared.folderProblems[origin] = problems(of: tree)
            }
            warnAboutPolling(tree)
        }
        shared.withLock { $0.publish([], to: broadcast, logger) }
    }

    private func wait(for trees: [Tree]) {
        var descriptors = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
        for (_, tree) in trees {
            if let queue = tree.eventDescriptor { descriptors.append(pollfd(fd: queue, events: Int16(POLLIN), revents: 0)) }
        }
        var timeout: CInt = -1
        if let deadline = trees.compactMap(\.tree.deadline).min() {
            let left = deadline - ContinuousClock.now
            // Rounded up, so that the time has come when the thread wakes.
            timeout = CInt(clamping: Int((left / .milliseconds(1)).rounded(.up)))
            timeout = max(0, timeout)
        }
        _ = unsafe descriptors.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, nfds_t($0.count), timeout) }
        wake.clear()
    }

    /// Reads the files of a folder whose time has come, and sends what became different.
    private func process(_ origin: SourceID.Origin, _ tree: FolderTree) {
        let isPolling = tree.pollingReason != nil
        let paths = tree.takeDue(now: .now)
        shared.withLock { $0.written = $0.inFlight }
        let readings = read(paths, origin, tree)
        // What was written to while it was read is due again by now, or has to wait for its end; the reading may be torn.
        tree.drainEvents(now: .now)
        let now = ContinuousClock.now
        shared.withLock { shared in
            var touched: Set<ObjectKey> = []
            for (path, reading) in zip(paths, readings) where !tree.isDueAgain(path) {
                if origin == .state, shared.written.contains(path) {
                    // Our own write came in between; what it wrote is in the model already, or will be.
                    tree.markDue(path, .ready(now + StoreLimits.settleTime))
                    continue
                }
                note(reading, path, tree)
                shared.model.apply(reading.content, of: SourceID(origin: origin, path: path), touched: &touched)
            }
            let problems = problems(of: tree)
            if paths.isEmpty, problems == shared.folderProblems[origin] { return }
            shared.folderProblems[origin] = problems
            shared.publish(touched, to: broadcast, logger)
        }
        if !isPolling { warnAboutPolling(tree) }
    }

    private func read(_ paths: [String], _ origin: SourceID.Origin, _ tree: FolderTree) -> [ManifestFile.Reading] {
        if paths.isEmpty { return [] }
        let ignoring = options.ignoredKinds
        let files = paths.map { path in
            ManifestFile(source: SourceID(origin: origin, path: path), path: tree.absolute(path), ignoring: ignoring)
        }
        let previous = shared.withLock { shared in files.map { shared.model.fingerprints(of: $0.source) } }
        let threads = options.threads
        return ParallelMap.map(files.count, threads: files.count < 16 ? 1 : threads) { index in
            files[index].read(previous: previous[index], threads: threads)
        }
    }

    private func note(_ reading: ManifestFile.Reading, _ path: String, _ tree: FolderTree) {
        if case .removed = reading.content { tree.didLose(path) } else { tree.didRead(path, reading.status) }
    }

    private func problems(of tree: FolderTree) -> [StoreProblem] {
        tree.problems.keys.sorted().map { path in
            StoreProblem(source: tree.absolute(path), message: tree.problems[path] ?? "")
        }
    }

    private func warnAboutPolling(_ tree: FolderTree) {
        guard let reason = tree.pollingReason else { return }
        logger.warning(
            "a folder is polled instead of watched",
            metadata: ["path": "\(tree.options.root)", "reason": "\(reason)", "interval": "\(StoreLimits.pollTime)"])
    }
}
