internal import Glibc

/// An open file or folder; closed once, by deinit.
struct FileHandle: ~Copyable {
    let descriptor: CInt
    private let path: String

    /// `open(2)`, never inherited by programs that are started.
    init(_ path: String, _ flags: CInt, permissions: mode_t = 0) throws(SystemError) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        guard unsafe fstat(descriptor, &raw) == 0 else { throw SystemError(call: "fstat", path: path, code: errno) }
        return FileStatus(raw)
    }

    /// Reads up to the end, or one byte more than `bytesMax` so that the caller sees that there was more.
    ///
    /// - Parameter size: how many bytes there probably are; a wrong number costs time, nothing else.
    func readAll(expecting size: Int, bytesMax: Int) throws(SystemError) -> [UInt8] {
        var bytes = try readChunk(min(size, bytesMax) + 1)
        var isFull = bytes.count == min(size, bytesMax) + 1
        while isFull, bytes.count <= bytesMax {
            let room = min(max(bytes.count, 4096), bytesMax + 1 - bytes.count)
            let more = try readChunk(room)
            bytes += more
            isFull = more.count == room
        }
        return bytes
    }

    /// Reads until `count` bytes are there or the file ends.
    private func readChunk(_ count: Int) throws(SystemError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                // SAFETY: the buffer has room for `count` bytes, of which `filled` are taken.
                let got = unsafe read(descriptor, base + filled, count - filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw SystemError(call: "read", path: path, code: failure) }
        return bytes
    }

    func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            var failure: Int32 = 0
            var count = 0
            unsafe bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                count = unsafe write(descriptor, base + written, buffer.count - written)
                failure = errno
            }
            if count < 0, failure == EINTR { continue }
            guard count >= 0 else { throw SystemError(call: "write", path: path, code: failure) }
            written += count
        }
    }

    /// `fsync(2)`: on stable storage when it returns.
    func sync() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError(call: "fsync", path: path, code: errno) }
    }

    func setPermissions(_ permissions: mode_t) throws(SystemError) {
        guard fchmod(descriptor, permissions) == 0 else { throw SystemError(call: "fchmod", path: path, code: errno) }
    }

    /// Takes the exclusive lock of the file (`flock(2)`), which the kernel releases when the process ends, however it ends.
    ///
    /// - Returns: false when another process holds it.
    func tryLock() throws(SystemError) -> Bool {
        while true {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw SystemError(call: "flock", path: path, code: errno) }
        }
    }

    func truncate() throws(SystemError) {
        guard ftruncate(descriptor, 0) == 0 else { throw SystemError(call: "ftruncate", path: path, code: errno) }
    }
}
