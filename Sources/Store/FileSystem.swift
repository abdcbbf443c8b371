internal import Glibc

/// The calls on paths that the store needs.
enum FileSystem {
    /// A name in a folder.
    struct Entry {
        let name: String
        /// nil when the file system does not tell without asking.
        let kind: FileStatus.Kind?
    }

    /// The names in a folder but `.` and `..`, in no order; and how many are not UTF-8 and thus cannot be given.
    static func list(_ path: String) throws(SystemError) -> (entries: [Entry], unreadableNames: Int) {
        guard let directory = unsafe opendir(path) else { throw SystemError(call: "opendir", path: path, code: errno) }
        defer { unsafe closedir(directory) }
        var entries: [Entry] = []
        var unreadableNames = 0
        while let raw = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &raw.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(validatingCString: $0) }
            }
            guard let name else {
                unreadableNames += 1
                continue
            }
            if name == "." || name == ".." { continue }
            entries.append(Entry(name: name, kind: unsafe kind(Int(raw.pointee.d_type))))
        }
        return (entries, unreadableNames)
    }

    private static func kind(_ type: Int) -> FileStatus.Kind? {
        switch type {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symbolicLink
        case Int(DT_UNKNOWN): nil
        default: .other
        }
    }

    /// Makes a folder and those above it that are missing, all with mode 0700.
    static func makeFolder(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o700) == 0 { return try syncFolder(parent(of: path)) }
        switch errno {
        case EEXIST:
            guard try FileStatus(of: path).kind == .directory else { throw SystemError(call: "mkdir", path: path, code: ENOTDIR) }
        case ENOENT where parent(of: path) != path:
            try makeFolder(parent(of: path))
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError(call: "mkdir", path: path, code: errno) }
            try syncFolder(parent(of: path))
        default: throw SystemError(call: "mkdir", path: path, code: errno)
        }
    }

    static func rename(_ from: String, to: String) throws(SystemError) {
        guard unsafe Glibc.rename(from, to) == 0 else { throw SystemError(call: "rename", path: to, code: errno) }
    }

    /// - Returns: false when there is no such file.
    static func remove(_ path: String) throws(SystemError) -> Bool {
        if unsafe unlink(path) == 0 { return true }
        guard errno == ENOENT else { throw SystemError(call: "unlink", path: path, code: errno) }
        return false
    }

    /// `fsync(2)` on a folder: names that came and went are on stable storage when it returns.
    static func syncFolder(_ path: String) throws(SystemError) {
        try FileHandle(path, O_RDONLY | O_DIRECTORY).sync()
    }

    /// The folder that holds a path: `.` for a bare name, `/` for what is directly below the root and for the root itself.
    static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        var folder = trimmed[..<slash]
        while folder.hasSuffix("/") { folder.removeLast() }
        return folder.isEmpty ? "/" : String(folder)
    }

    /// The last component of a path.
    static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }
}

extension FileSystem {
    /// Whether a path lies on a file system whose changes by other machines no kernel reports.
    static func isRemote(_ path: String) -> Bool {
        guard let device = (try? FileStatus(of: path))?.identity.device,
            let table = try? FileHandle("/proc/self/mountinfo", O_RDONLY).readAll(expecting: 16 * 1024, bytesMax: 1024 * 1024)
        else { return false }
        return isRemote(device: device, mounts: String(decoding: table, as: UTF8.self))
    }

    /// - Parameter mounts: lines such as `36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw` (proc(5)).
    static func isRemote(device: UInt, mounts: String) -> Bool {
        // How Linux packs the two numbers of a device into 64 bits.
        let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 3, fields[2] == "\(major):\(minor)", let dash = fields.firstIndex(of: "-") else { continue }
            return fields.dropFirst(dash + 1).first.map(isRemoteType) ?? false
        }
        return false
    }

    private static func isRemoteType(_ type: Substring) -> Bool {
        ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "virtiofs", "vboxsf"].contains(type) || type.hasPrefix("fuse.")
    }
}
