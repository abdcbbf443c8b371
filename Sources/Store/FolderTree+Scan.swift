internal import Glibc

/// Looking at folders.
extension FolderTree {
    /// Looks at a folder again after something happened to its name; its files are due if they are not the ones that were.
    func refresh(_ path: String, now: Instant) {
        scan(path, now: now, delay: StoreLimits.creationTime)
    }

    /// Reads the names of a folder and of those below.
    ///
    /// - Parameter delay: how long new and different files must stay the same until they are read.
    func scan(_ path: String, now: Instant, delay: Duration) {
        if path.isEmpty { watchAbove(now: now) }
        let identity: FileStatus.Identity
        switch check(path) {
        case .success(let found): identity = found
        case .failure(let refusal):
            drop(path, now: now)
            return setProblem(path, refusal.problem)
        }
        let isLink = (try? FileStatus(ofLink: absolute(path)).kind) == .symbolicLink
        enter(path, identity, isLink: isLink, now: now)
        // The watch comes before the names, so that nothing can appear between them unseen.
        let entries: [FileSystem.Entry]
        do {
            let listing = try FileSystem.list(absolute(path))
            entries = listing.entries
            setProblem(path, listing.unreadableNames > 0 ? "\(listing.unreadableNames) file names are not UTF-8" : nil)
        } catch {
            // What was known of the folder stays in force.
            return setProblem(path, "the folder cannot be read: \(error.reason)")
        }
        var files: Set<String> = []
        var subfolders: Set<String> = []
        for entry in entries where !ManifestFileName.isHidden(entry.name) {
            switch kind(of: entry, in: path) {
            case (.directory, _): subfolders.insert(entry.name)
            case (.regular, let isLink) where options.isManifest(FolderTree.join(path, entry.name)):
                files.insert(entry.name)
                found(entry.name, in: path, isLink: isLink, now: now, delay: delay)
            default: break
            }
        }
        for name in folders[path]?.files.keys.filter({ !files.contains($0) }) ?? [] {
            markDue(FolderTree.join(path, name), .absent(now + StoreLimits.absenceTime))
        }
        for name in folders[path]?.folders.subtracting(subfolders) ?? [] { drop(FolderTree.join(path, name), now: now) }
        folders[path]?.folders = subfolders
        for name in subfolders { scan(FolderTree.join(path, name), now: now, delay: delay) }
    }

    /// Looks at what the links of a folder lead to.
    func checkLinks(in path: String, now: Instant, delay: Duration) {
        guard linksExist, let folder = folders[path] else { return }
        for (name, file) in folder.files where file.isLink {
            let filePath = FolderTree.join(path, name)
            guard dueFiles[filePath] == nil else { continue }
            let status = try? FileStatus(of: absolute(filePath))
            if status == nil, file.status != nil { markDue(filePath, .absent(now + StoreLimits.absenceTime)) }
            if let status, status != file.status { markDue(filePath, .settling(status, now + delay)) }
        }
        for name in folder.folders {
            let subfolder = FolderTree.join(path, name)
            guard let known = folders[subfolder], known.isLink else { continue }
            if (try? FileStatus(of: absolute(subfolder)).identity) != known.identity { scan(subfolder, now: now, delay: delay) }
        }
    }

    /// Everything below a folder goes, once it has stayed away long enough.
    func drop(_ path: String, now: Instant) {
        setProblem(path, nil)
        guard let folder = folders.removeValue(forKey: path) else { return }
        unwatch(folder.watch, path)
        fileCount -= folder.files.count
        for name in folder.files.keys { markDue(FolderTree.join(path, name), .absent(now + StoreLimits.absenceTime)) }
        for name in folder.folders { drop(FolderTree.join(path, name), now: now) }
        if !path.isEmpty {
            let (parent, name) = FolderTree.split(path)
            folders[parent]?.folders.remove(name)
        }
    }

    /// Why a folder is not looked into; nil when that is nothing to report.
    private struct Refusal: Error {
        let problem: String?
    }

    /// The folder at a path, if it is to be looked into.
    private func check(_ path: String) -> Result<FileStatus.Identity, Refusal> {
        guard let status = try? FileStatus(of: absolute(path)), status.kind == .directory else {
            return .failure(Refusal(problem: path.isEmpty ? "the folder does not exist" : nil))
        }
        if let excluded = options.excluded, !path.isEmpty, (try? FileStatus(of: excluded).identity) == status.identity {
            return .failure(Refusal(problem: nil))
        }
        var above = path
        var depth = 0
        while !above.isEmpty {
            above = FolderTree.split(above).folder
            depth += 1
            // A link to a folder above would be followed for ever.
            if folders[above]?.identity == status.identity { return .failure(Refusal(problem: nil)) }
        }
        guard depth <= StoreLimits.folderDepthMax else {
            let limit = StoreLimits.folderDepthMax
            return .failure(Refusal(problem: "folders are nested more than \(limit) deep; this one is not read"))
        }
        guard folders.count < options.foldersMax || folders[path] != nil else {
            return .failure(Refusal(problem: "there are more than \(options.foldersMax) folders; this one is not read"))
        }
        return .success(status.identity)
    }

    private func enter(_ path: String, _ identity: FileStatus.Identity, isLink: Bool, now: Instant) {
        if isLink { linksExist = true }
        if folders[path] == nil || folders[path]?.isLink != isLink {
            let old = folders[path]
            folders[path] = Folder(
                identity: identity, watch: old?.watch, files: old?.files ?? [:], folders: old?.folders ?? [], isLink: isLink)
        }
        let old = folders[path]?.watch
        folders[path]?.identity = identity
        let new = addWatch(path, now: now)
        folders[path]?.watch = new
        if old != new { unwatch(old, path) }
        if let new { watched[new, default: []].insert(path) }
        if !path.isEmpty {
            let (parent, name) = FolderTree.split(path)
            folders[parent]?.folders.insert(name)
        }
    }

    private func addWatch(_ path: String, now: Instant) -> CInt? {
        guard inotify != nil else { return nil }
        guard watched.count < options.watchesMax else {
            startPolling(because: "the limit of \(options.watchesMax) watches is reached", now: now)
            return nil
        }
        do {
            return try inotify?.watch(folder: absolute(path), for: InotifyQueue.folderMask)
        } catch {
            switch error.code {
            case ENOSPC: startPolling(because: "fs.inotify.max_user_watches is reached", now: now)
            case ENOENT, ENOTDIR, EACCES: break  // the scan that follows says what is wrong
            default: startPolling(because: "\(error.call) failed: \(error.reason)", now: now)
            }
            return nil
        }
    }

    private func unwatch(_ watch: CInt?, _ path: String) {
        guard let watch else { return }
        watched[watch]?.remove(path)
        guard watched[watch]?.isEmpty == true else { return }
        watched[watch] = nil
        if !guards.contains(watch) { inotify?.unwatch(watch) }
    }

    /// Watches the folder that holds the root's name, or the nearest one above that exists.
    private func watchAbove(now: Instant) {
        var above = options.root
        repeat {
            above = FileSystem.parent(of: above)
            if let watch = try? inotify?.watch(folder: above, for: InotifyQueue.namesMask) {
                for old in guards where old != watch && watched[old] == nil { inotify?.unwatch(old) }
                guards = [watch]
                return
            }
        } while above != "/" && above != "."
    }

    private func kind(of entry: FileSystem.Entry, in folder: String) -> (FileStatus.Kind?, isLink: Bool) {
        switch entry.kind {
        case .symbolicLink?: return (try? FileStatus(of: absolute(FolderTree.join(folder, entry.name))).kind, true)
        case .some(let kind): return (kind, false)
        case nil:
            let path = absolute(FolderTree.join(folder, entry.name))
            let isLink = (try? FileStatus(ofLink: path).kind) == .symbolicLink
            return (try? FileStatus(of: path).kind, isLink)
        }
    }

    private func found(_ name: String, in folder: String, isLink: Bool, now: Instant, delay: Duration) {
        let path = FolderTree.join(folder, name)
        let known = folders[folder]?.files[name]
        guard track(name, in: folder, isLink: isLink) else { return }
        switch dueFiles[path] {
        case .open?, .ready?, .settling?: return
        case .absent?, nil: break
        }
        let status = delay == .zero ? nil : try? FileStatus(of: absolute(path))
        if let before = known?.status, before == status {
            dueFiles[path] = nil
        } else {
            markDue(path, .settling(status, now + delay))
        }
    }
}
