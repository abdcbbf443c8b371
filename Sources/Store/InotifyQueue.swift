internal import Glibc

/// An `inotify(7)` instance.
struct InotifyQueue: ~Copyable {
    /// One event. `name` is nil for events about the watched folder itself.
    struct Event {
        let watch: CInt
        let mask: UInt32
        let name: String?

        func has(_ bits: Int32...) -> Bool { bits.contains { mask & UInt32(bitPattern: $0) != 0 } }
    }

    let descriptor: CInt

    init() throws(SystemError) {
        descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError(call: "inotify_init1", path: "inotify", code: errno) }
    }

    deinit { close(descriptor) }

    /// Everything that can happen to the names in a folder and to the files behind them.
    static let folderMask =
        IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF
        | IN_MOVE_SELF
    /// What happens to the names in a folder; added to what is already watched there.
    static let namesMask = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF

    /// Watches a folder. Watching one again, by whatever path, gives the same number.
    func watch(folder path: String, for mask: Int32) throws(SystemError) -> CInt {
        let flags = UInt32(bitPattern: mask) | UInt32(IN_ONLYDIR) | UInt32(IN_MASK_ADD)
        let watch = unsafe inotify_add_watch(descriptor, path, flags)
        guard watch >= 0 else { throw SystemError(call: "inotify_add_watch", path: path, code: errno) }
        return watch
    }

    func unwatch(_ watch: CInt) {
        // Fails when the folder is gone already, and the kernel has dropped the watch itself.
        _ = inotify_rm_watch(descriptor, watch)
    }

    /// The events waiting in the kernel, up to what fits one buffer of 64 KiB; none when there are none.
    func read() -> [Event] {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return [] }
        return InotifyQueue.events(in: buffer[..<count])
    }

    /// Cuts a buffer into `struct inotify_event`s: watch, mask, cookie, name length (four bytes each), name padded with NUL.
    private static func events(in buffer: ArraySlice<UInt8>) -> [Event] {
        var events: [Event] = []
        var rest = buffer
        while rest.count >= 16 {
            let length = Int(word(rest, 12))
            let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
            events.append(
                Event(
                    watch: CInt(bitPattern: word(rest, 0)), mask: word(rest, 4),
                    name: length == 0 ? nil : String(decoding: name, as: UTF8.self)))
            rest = rest.dropFirst(16 + length)
        }
        return events
    }

    private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
        let start = bytes.startIndex + offset
        return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }  // little-endian, as every target is
    }
}
