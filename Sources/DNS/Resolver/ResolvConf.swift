internal import Glibc
internal import Synchronization

/// The name servers of `/etc/resolv.conf`, read again when the file changes. Its other settings (search domains, options) are not for names
/// that are absolute.
final class ResolvConf: Sendable {
    private struct Version: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private let path: String
    private let known = Mutex<(version: Version, servers: [Nameserver])?>(nil)

    init(path: String) { self.path = path }

    /// The servers now; the one at 127.0.0.1 when the file names none or is not there, as in glibc.
    func nameservers() -> [Nameserver] {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return [ResolvConf.local] }
        let version = Version(
            device: UInt(facts.st_dev), inode: UInt(facts.st_ino), size: Int(facts.st_size), seconds: facts.st_mtim.tv_sec,
            nanoseconds: facts.st_mtim.tv_nsec)
        return known.withLock { known in
            if let known, known.version == version { return known.servers }
            let servers = ResolvConf.servers(in: read())
            known = (version, servers)
            return servers
        }
    }

    private static let local = Nameserver(host: "127.0.0.1")

    /// The servers of a text; lines that are not understood are ignored, as in glibc.
    static func servers(in text: String) -> [Nameserver] {
        let servers = text.split(whereSeparator: \.isNewline).compactMap { line -> Nameserver? in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, words[0] == "nameserver", SocketAddress(numeric: String(words[1]), port: 53) != nil else { return nil }
            return Nameserver(host: String(words[1]))
        }
        return servers.isEmpty ? [local] : Array(servers.prefix(DNSLimits.nameserversMax))
    }

    private func read() -> String {
        guard let handle = FileHandle(path) else { return "" }
        return handle.text(bytesMax: DNSLimits.resolvConfBytesMax)
    }
}

/// An open file.
private struct FileHandle: ~Copyable {
    private let descriptor: CInt

    init?(_ path: String) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Its beginning; bytes that are not UTF-8 are replaced.
    func text(bytesMax: Int) -> String {
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        var bytes: [UInt8] = []
        while bytes.count < bytesMax {
            let count = unsafe Glibc.read(descriptor, &buffer, bytesMax - bytes.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
