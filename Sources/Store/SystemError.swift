internal import Glibc

/// A system call that failed.
struct SystemError: Error, Hashable {
    let call: StaticString
    let path: String
    let code: Int32

    static func == (left: Self, right: Self) -> Bool { left.path == right.path && left.code == right.code }
    func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(code)
    }

    /// The system's words, such as "Permission denied".
    var reason: String {
        var buffer = [CChar](repeating: 0, count: 128)
        let status = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe strerror_r(code, $0, buffer.count) }
        }
        return status == 0 ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "error \(code)"
    }

    /// What a caller of the store gets to see.
    var storeError: StoreError {
        StoreError(.io(errno: code), subject: path, reason: "\(call) failed: \(reason)")
    }
}
