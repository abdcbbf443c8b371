internal import Glibc
internal import KubernetesAPI
internal import Manifests

/// Reads manifest files of one folder and parses what is new in them.
struct ManifestFile: Sendable {
    /// A file as it was found.
    struct Reading: Sendable {
        let content: FileContent
        /// nil when there is no file, or none that can be opened.
        let status: FileStatus?
    }

    let source: SourceID
    /// Where to open it.
    let path: String
    /// Kinds that are counted and left alone.
    var ignoring: Set<ObjectKind> = []

    /// Files larger than this are parsed on several threads.
    private static let parallelBytesMin = 256 * 1024
    /// What one thread takes at a time.
    private static let batchBytes = 128 * 1024

    /// Reads and parses the file. Blocks; not for the cooperative pool.
    ///
    /// - Parameter previous: the parts of the last reading with their indices; those are not parsed again.
    func read(previous: [PartFingerprint: Int], threads: Int) -> Reading {
        do {
            // A FIFO would block the opening until somebody writes.
            let file = try FileHandle(path, O_RDONLY | O_NONBLOCK)
            let status = try file.status()
            guard status.kind == .regular else { return Reading(content: .unreadable("not a regular file"), status: status) }
            guard status.size <= ManifestLimits.fileBytesMax else { return Reading(content: tooLarge(status.size), status: status) }
            let bytes = try file.readAll(expecting: status.size, bytesMax: ManifestLimits.fileBytesMax)
            guard bytes.count <= ManifestLimits.fileBytesMax else { return Reading(content: tooLarge(bytes.count), status: status) }
            return Reading(content: parse(bytes, previous: previous, threads: threads), status: status)
        } catch {
            let isGone = error.code == ENOENT || error.code == ENOTDIR
            return Reading(content: isGone ? .removed : .unreadable("the file cannot be read: \(error.reason)"), status: nil)
        }
    }

    func parse(_ bytes: [UInt8], previous: [PartFingerprint: Int], threads: Int) -> FileContent {
        guard let parts = ManifestPart.parts(of: bytes) else { return .unreadable(ManifestReader.tooManyDocuments) }
        guard threads > 1, bytes.count >= ManifestFile.parallelBytesMin else {
            return .parsed(parts.map { ParsedPart.parse($0, of: bytes, source: source, ignoring: ignoring, previous: previous) })
        }
        let batches = ManifestFile.batches(of: parts)
        let parsed = ParallelMap.map(batches.count, threads: threads) { index in
            parts[batches[index]].map { ParsedPart.parse($0, of: bytes, source: source, ignoring: ignoring, previous: previous) }
        }
        return .parsed(parsed.flatMap { $0 })
    }

    private static func batches(of parts: [ManifestPart]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        for index in parts.indices {
            let isFull = parts[index].range.upperBound - parts[start].range.lowerBound >= batchBytes
            if isFull || index == parts.count - 1 {
                batches.append(start..<index + 1)
                start = index + 1
            }
        }
        return batches
    }

    private func tooLarge(_ bytes: Int) -> FileContent {
        .unreadable("the file has \(bytes) bytes, the limit is \(ManifestLimits.fileBytesMax)")
    }
}
