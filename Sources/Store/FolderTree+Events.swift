internal import Glibc

/// Making sense of what the kernel reports.
extension FolderTree {
    /// Takes in every event that is waiting.
    func drainEvents(now: Instant) {
        while let events = inotify?.read(), !events.isEmpty {
            for event in events { handle(event, now: now) }
        }
    }

    private func handle(_ event: InotifyQueue.Event, now: Instant) {
        if event.has(IN_Q_OVERFLOW) { return startOver(now: now) }
        let paths = watched[event.watch] ?? []
        if event.has(IN_IGNORED) {
            watched[event.watch] = nil
            for path in paths where folders[path]?.watch == event.watch { folders[path]?.watch = nil }
        }
        if guards.contains(event.watch), folders[""] == nil || event.name == nil || event.name == FileSystem.name(of: options.root) {
            markFolderDue("", now + StoreLimits.settleTime)
        }
        for path in paths { handle(event, in: path, now: now) }
    }

    private func handle(_ event: InotifyQueue.Event, in folder: String, now: Instant) {
        guard let name = event.name else {
            // Deleted, moved or unmounted itself; changed permissions come here as well.
            return markFolderDue(folder, now + StoreLimits.settleTime)
        }
        let changesNames = event.has(IN_CREATE, IN_MOVED_TO, IN_MOVED_FROM, IN_DELETE)
        if ManifestFileName.isHidden(name) {
            // `..data` of a ConfigMap mount, perhaps: where the links beside it lead is changed at one stroke.
            guard changesNames else { return }
            checkLinks(in: folder, now: now, delay: StoreLimits.settleTime)
            // Links that led nowhere until now are not known yet.
            if name.hasPrefix("..") { markFolderDue(folder, now + StoreLimits.settleTime) }
            return
        }
        let path = FolderTree.join(folder, name)
        let isGone = event.has(IN_MOVED_FROM, IN_DELETE)
        if event.has(IN_ISDIR) || folders[folder]?.folders.contains(name) == true {
            guard changesNames || event.has(IN_ATTRIB) else { return }
            return markFolderDue(path, now + (isGone ? StoreLimits.absenceTime : StoreLimits.settleTime))
        }
        if event.has(IN_CREATE, IN_MOVED_TO), let link = try? FileStatus(ofLink: absolute(path)) {
            let isLink = link.kind == .symbolicLink
            if isLink, (try? FileStatus(of: absolute(path)).kind) == .directory {
                return markFolderDue(path, now + StoreLimits.settleTime)
            }
            guard options.isManifest(path), track(name, in: folder, isLink: isLink) else { return }
        }
        guard options.isManifest(path) else { return }
        markDue(path, due(after: event, path, isGone: isGone, now: now))
    }

    private func due(after event: InotifyQueue.Event, _ path: String, isGone: Bool, now: Instant) -> Due {
        if isGone { return .absent(now + StoreLimits.absenceTime) }
        if event.has(IN_CLOSE_WRITE, IN_MOVED_TO) { return .ready(now + StoreLimits.settleTime) }
        if event.has(IN_MODIFY) { return .open(now + StoreLimits.openFileTime) }
        let current = dueFiles[path]
        if event.has(IN_CREATE) {
            // Opened to be written, linked into place complete, or a symbolic link. Whatever was there before stays until
            // the program closes the file.
            let (folder, name) = FolderTree.split(path)
            let file = folders[folder]?.files[name]
            if file?.isLink == true { return .ready(now + StoreLimits.settleTime) }
            let status = try? FileStatus(of: absolute(path))
            if file?.status != nil || status?.size == 0 { return .open(now + StoreLimits.openFileTime) }
            return .settling(status, now + StoreLimits.creationTime)
        }
        // Attributes: a permission was given or taken. A program that is writing goes on doing so.
        if case .open? = current { return .open(now + StoreLimits.openFileTime) }
        return .ready(now + StoreLimits.settleTime)
    }

    private func markFolderDue(_ path: String, _ deadline: Instant) {
        dueFolders[path] = min(deadline, dueFolders[path] ?? deadline)
    }

    /// Events were lost: everything may have changed, and a program that was writing may have closed its file.
    private func startOver(now: Instant) {
        for (path, due) in dueFiles {
            if case .open = due { markDue(path, .settling(nil, now + StoreLimits.creationTime)) }
        }
        for path in folders.keys { markFolderDue(path, now + StoreLimits.settleTime) }
        markFolderDue("", now + StoreLimits.settleTime)
    }
}
