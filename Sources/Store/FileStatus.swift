internal import Glibc

/// What the file system says about a file, as far as the store asks.
struct FileStatus: Hashable {
    /// What kind of thing a path names.
    enum Kind: Hashable {
        case regular, directory, symbolicLink, other
    }

    /// Which file it is, whatever its path.
    struct Identity: Hashable {
        let device: UInt
        let inode: UInt
    }

    let identity: Identity
    let kind: Kind
    let size: Int
    /// Nanoseconds since 1970.
    let modified: Int
    /// Nanoseconds since 1970; unlike ``modified`` nobody can set it back.
    let changed: Int
    /// The permission bits.
    let permissions: UInt32

    init(_ raw: stat) {
        identity = Identity(device: UInt(raw.st_dev), inode: UInt(raw.st_ino))
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        size = Int(raw.st_size)
        modified = Int(raw.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(raw.st_mtim.tv_nsec)
        changed = Int(raw.st_ctim.tv_sec) &* 1_000_000_000 &+ Int(raw.st_ctim.tv_nsec)
        permissions = UInt32(raw.st_mode & 0o7777)
    }

    /// `stat(2)`: of what a symbolic link points to.
    init(of path: String) throws(SystemError) {
        var raw = stat()
        guard unsafe stat(path, &raw) == 0 else { throw SystemError(call: "stat", path: path, code: errno) }
        self.init(raw)
    }

    /// `lstat(2)`: of the link itself.
    init(ofLink path: String) throws(SystemError) {
        var raw = stat()
        guard unsafe lstat(path, &raw) == 0 else { throw SystemError(call: "lstat", path: path, code: errno) }
        self.init(raw)
    }
}
