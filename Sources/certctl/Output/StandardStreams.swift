internal import Glibc

/// Messages for the person at the terminal; results go to standard output.
enum StandardError {
    /// Writes one line.
    static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        unsafe bytes.withUnsafeBytes { buffer in
            _ = unsafe write(STDERR_FILENO, buffer.baseAddress, buffer.count)
        }
    }
}

/// Results.
enum StandardOutput {
    /// Writes a text as it is, at once.
    static func write(_ text: String) {
        flush()
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            // SAFETY: the pointer is used within the closure, and the count is what is left of the buffer.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0, errno == EAGAIN { waitUntilWritable() }
            // Nobody reads any more; there is nobody to tell.
            if count < 0, errno != EINTR, errno != EAGAIN { return }
            written += max(count, 0)
        }
    }

    /// A terminal may have been left without blocking by who used it before.
    private static func waitUntilWritable() {
        var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        // SAFETY: poll uses the one structure within the call.
        _ = unsafe poll(&descriptor, 1, 1000)
        errno = EAGAIN
    }

    /// Hands on what `print` holds back when standard output is a pipe.
    static func flush() {
        _ = fflush(nil)
    }
}
