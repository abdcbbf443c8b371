internal import COpenSSL

/// Bytes that are wiped from memory when their last holder lets go: private keys, MAC keys. Prints as `<redacted>`.
///
/// Immutable after `init`, so any thread may read it.
@safe public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // SAFETY: `buffer` is allocated and filled in init, never written afterwards, and freed in deinit.
    private let buffer: UnsafeMutableBufferPointer<UInt8>

    /// How many bytes.
    public let count: Int

    /// Copies the bytes. The caller's own copy is the caller's to wipe.
    public convenience init(_ bytes: [UInt8]) { self.init(copying: bytes.span) }

    /// Copies the bytes. The caller's own copy is the caller's to wipe.
    public convenience init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { target in
            for index in bytes.indices { target.append(bytes[index]) }
        }
    }

    /// Allocates `capacity` bytes and lets `fill` append to them.
    init(capacity: Int, filledBy fill: (inout OutputSpan<UInt8>) -> Void) {
        unsafe buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        unsafe buffer.initialize(repeating: 0)
        var output = unsafe OutputSpan<UInt8>(buffer: buffer, initializedCount: 0)
        fill(&output)
        count = unsafe output.finalize(for: buffer)
    }

    deinit {
        unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        unsafe buffer.deallocate()
    }

    /// Lends the bytes for the length of the call. Copies made of them are not wiped by this object.
    public func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try unsafe body(Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<count])))
    }

    /// A copy as an array, which is not wiped. For writing a key to where it is kept (a Secret), and for nothing else.
    public func copy() -> [UInt8] { unsafe Array(buffer[..<count]) }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Shows nothing, so that `dump` and string interpolation of a holder show nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
