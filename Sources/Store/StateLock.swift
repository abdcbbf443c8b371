internal import Glibc

/// The lock that makes this process the only writer of a state folder. The kernel releases it with the process.
struct StateLock: ~Copyable, Sendable {
    private let file: FileHandle

    /// - Throws: `locked` with the process id of the holder when there is one.
    init(folder: String) throws(StoreError) {
        let path = folder + "/lock"
        let opened = try StateLock.open(path)
        guard try StateLock.take(opened) else {
            let pid = StateLock.holder(folder: folder)
            throw StoreError(
                .locked(pid: pid), subject: "state folder \(folder)",
                reason: "another certctl\(pid.map { " with process id \($0)" } ?? "") writes there")
        }
        file = opened
    }

    /// The process id in the lock file, of the process that took the lock last.
    static func holder(folder: String) -> Int? {
        guard let bytes = try? FileHandle(folder + "/lock", O_RDONLY).readAll(expecting: 32, bytesMax: 64) else { return nil }
        return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func open(_ path: String) throws(StoreError) -> FileHandle {
        do {
            return try FileHandle(path, O_RDWR | O_CREAT | O_NOFOLLOW, permissions: 0o600)
        } catch {
            throw error.storeError
        }
    }

    private static func take(_ file: borrowing FileHandle) throws(StoreError) -> Bool {
        do throws(SystemError) {
            guard try file.tryLock() else { return false }
            try file.truncate()
            try file.writeAll(Array("\(getpid())\n".utf8))
            return true
        } catch {
            throw error.storeError
        }
    }
}
