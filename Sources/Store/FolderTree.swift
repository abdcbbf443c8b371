internal import Glibc

/// One folder with everything below it: which manifest files there are, and which of them have to be read now.
///
/// Belongs to one thread. It never reads a file's content; it hands out paths and is told what was found there.
final class FolderTree {
    struct Options: Sendable {
        /// The folder.
        var root: String
        /// A folder that is not looked into even if it lies within.
        var excluded: String?
        /// Which files count; paths are relative to the root.
        var isManifest: @Sendable (_ path: String) -> Bool
        /// Watches that may be had at most, for tests; the system has its own limit.
        var watchesMax = Int.max
        /// See ``StoreLimits/foldersMax``.
        var foldersMax = StoreLimits.foldersMax
        /// Whether not to watch at all.
        var isPolling = false
    }

    typealias Instant = ContinuousClock.Instant

    struct Folder {
        var identity: FileStatus.Identity
        var watch: CInt?
        /// By name; the status as of the last reading, nil before the first one.
        var files: [String: TrackedFile] = [:]
        var folders: Set<String> = []
        /// Whether the folder's name is a symbolic link.
        let isLink: Bool
    }

    struct TrackedFile {
        var status: FileStatus?
        var isLink: Bool
    }

    /// Why a file has to be read, and what must still be waited for.
    enum Due {
        /// It is complete.
        case ready(Instant)
        /// It was away when last seen.
        case absent(Instant)
        /// A program may still be writing.
        case open(Instant)
        /// It counts as complete if it is still the same then.
        case settling(FileStatus?, Instant)

        var deadline: Instant {
            switch self {
            case .ready(let deadline), .absent(let deadline), .open(let deadline), .settling(_, let deadline): deadline
            }
        }
    }

    let options: Options
    var inotify: InotifyQueue?
    var folders: [String: Folder] = [:]
    /// Which folders a watch stands for; several when links lead to one folder on two ways.
    var watched: [CInt: Set<String>] = [:]
    /// Watches on folders above the root.
    var guards: Set<CInt> = []
    var dueFiles: [String: Due] = [:]
    var dueFolders: [String: Instant] = [:]
    var fileCount = 0
    /// What is wrong with folders, by path.
    private(set) var problems: [String: String] = [:]
    /// Why the folder is polled instead of watched; nil when it is watched.
    private(set) var pollingReason: String?
    /// Whether there may be symbolic links. Set when one is seen, and checked again at each tick, since asking every file is slow.
    var linksExist = false
    private var nextTick: Instant

    init(_ options: Options, now: Instant) {
        self.options = options
        nextTick = now
        if options.isPolling || FileSystem.isRemote(options.root) {
            pollingReason = "changes on this file system are not reported by the kernel"
            return
        }
        do {
            inotify = try InotifyQueue()
        } catch {
            pollingReason = "\(error.call) failed: \(error.reason)"
        }
    }

    /// Looks at everything for the first time; all files are due at once.
    func start(now: Instant) {
        scan("", now: now, delay: .zero)
        for path in dueFiles.keys { dueFiles[path] = .ready(now) }
        scheduleTick(now: now)
    }

    /// Readable when events wait; nil when nothing is watched.
    var eventDescriptor: CInt? {
        if inotify == nil { return nil }
        return inotify?.descriptor
    }

    /// When ``takeDue(now:)`` has something to do again; nil when only an event can tell.
    var deadline: Instant? {
        let files = dueFiles.values.lazy.map(\.deadline).min()
        let folders = dueFolders.values.min()
        return [files, folders, needsTick ? nextTick : nil].compactMap { $0 }.min()
    }

    /// The paths of the files to read now, sorted.
    func takeDue(now: Instant) -> [String] {
        if needsTick, now >= nextTick {
            lookForUnreported(now: now)
            scheduleTick(now: now)
        }
        for (path, deadline) in dueFolders where deadline <= now {
            dueFolders[path] = nil
            refresh(path, now: now)
        }
        var taken: [String] = []
        for (path, due) in dueFiles where due.deadline <= now && isTakeable(path, due, now: now) { taken.append(path) }
        for path in taken { dueFiles[path] = nil }
        return taken.sorted()
    }

    /// Whether something happened to the file since it was taken, so that what was read is not to be used.
    func isDueAgain(_ path: String) -> Bool { dueFiles[path] != nil }

    /// Notes what was read: how the file was then, or nil if it is there but cannot be opened.
    func didRead(_ path: String, _ status: FileStatus?) {
        let (folder, name) = FolderTree.split(path)
        guard folders[folder] != nil else { return }
        track(name, in: folder, isLink: folders[folder]?.files[name]?.isLink ?? false)
        folders[folder]?.files[name]?.status = status
    }

    /// Notes that there is no such file any more.
    func didLose(_ path: String) {
        let (folder, name) = FolderTree.split(path)
        if folders[folder]?.files.removeValue(forKey: name) != nil { fileCount -= 1 }
    }

    func absolute(_ path: String) -> String { path.isEmpty ? options.root : options.root + "/" + path }

    static func join(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    func setProblem(_ path: String, _ message: String?) { problems[path] = message }

    /// From now on the folder is polled.
    func startPolling(because reason: String, now: Instant) {
        guard pollingReason == nil else { return }
        pollingReason = reason
        scheduleTick(now: now)
    }

    func markDue(_ path: String, _ due: Due) { dueFiles[path] = due }

    /// Remembers a file; false when there are too many already.
    @discardableResult
    func track(_ name: String, in folder: String, isLink: Bool) -> Bool {
        if isLink { linksExist = true }
        if folders[folder]?.files[name] != nil {
            folders[folder]?.files[name]?.isLink = isLink
            return true
        }
        guard fileCount < StoreLimits.filesMax else {
            problems[folder] = "there are more than \(StoreLimits.filesMax) manifest files; the others are not read"
            return false
        }
        fileCount += 1
        folders[folder]?.files[name] = TrackedFile(status: nil, isLink: isLink)
        return true
    }

    private var hasLinks: Bool {
        folders.values.contains { folder in folder.isLink || folder.files.values.contains { $0.isLink } }
    }

    /// Whether something can change that no event tells of.
    private var needsTick: Bool { pollingReason != nil || folders[""] == nil || linksExist }

    private func scheduleTick(now: Instant) {
        linksExist = hasLinks
        nextTick = now + (pollingReason == nil ? StoreLimits.linkCheckTime : StoreLimits.pollTime)
    }

    private func lookForUnreported(now: Instant) {
        if pollingReason != nil || (try? FileStatus(of: options.root).identity) != folders[""]?.identity {
            refresh("", now: now)
        } else {
            for path in folders.keys { checkLinks(in: path, now: now, delay: StoreLimits.creationTime) }
        }
    }

    /// Whether a file whose time has come can be read; otherwise it is given more time.
    private func isTakeable(_ path: String, _ due: Due, now: Instant) -> Bool {
        let status: FileStatus?
        switch due {
        case .ready, .absent: return true
        case .open, .settling: status = try? FileStatus(of: absolute(path))
        }
        if case .settling(let before, _) = due {
            if status == nil || status == before { return true }
            let (folder, name) = FolderTree.split(path)
            let wasFilled = (folders[folder]?.files[name]?.status?.size ?? 0) > 0
            let wait = status?.size == 0 && wasFilled ? StoreLimits.openFileTime : StoreLimits.creationTime
            dueFiles[path] = .settling(status, now + wait)
            return false
        }
        // An empty file is most likely one that a slow command is going to fill: `kubectl kustomize x > y.yaml`.
        guard status?.size == 0 else { return true }
        dueFiles[path] = .open(now + StoreLimits.openFileTime)
        return false
    }
}
