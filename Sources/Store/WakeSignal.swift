internal import Glibc

/// Wakes a thread that waits in `poll(2)`: a pipe that holds a byte while the signal is raised.
struct WakeSignal: ~Copyable, Sendable {
    /// Readable while the signal is raised.
    let descriptor: CInt
    private let writeEnd: CInt

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress) }) == 0 else {
            throw SystemError(call: "pipe", path: "wake signal", code: errno)
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Makes the descriptor readable. Any thread.
    func raise() {
        let byte: [UInt8] = [1]
        // Fails only when the pipe is full of signals, and then the reader wakes anyway.
        _ = unsafe byte.withUnsafeBytes { unsafe write(writeEnd, $0.baseAddress, 1) }
    }

    /// Takes the signal back.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe bytes.withUnsafeMutableBytes({ unsafe read(descriptor, $0.baseAddress, $0.count) }) > 0 {}
    }
}
