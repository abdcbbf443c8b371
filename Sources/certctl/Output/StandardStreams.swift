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
    /// Hands on what `print` holds back when standard output is a pipe.
    static func flush() {
        _ = fflush(nil)
    }
}
