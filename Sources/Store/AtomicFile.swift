internal import Glibc

/// Writes a file so that at every instant, power cuts included, its name stands for the whole old or the whole new content.
///
/// A temporary file beside it is written and synced, then renamed over it, then the folder is synced. Mode 0600.
struct AtomicFile: Sendable {
    /// What has been done so far.
    enum Step: String, CaseIterable, Sendable {
        case tempCreated, tempWritten, tempSynced, renamed, folderSynced
    }

    /// Thrown where a test ends the writing as a crash would: nothing is tidied up.
    struct Interruption: Error {
        let step: Step
    }

    /// Called after each step; returning true stands for a crash there. Only tests have one.
    var isInterrupted: (@Sendable (Step) -> Bool)?

    /// The beginning of the names of temporary files, which what died in the middle leaves behind.
    static let tempPrefix = ".tmp-"

    /// Puts `bytes` under a name, durably. The folder must exist.
    ///
    /// - Parameter unique: a number that no other write of this process to the folder uses at the same time.
    func write(_ bytes: [UInt8], to path: String, unique: Int) throws {
        let folder = FileSystem.parent(of: path)
        let temp = "\(folder)/\(AtomicFile.tempPrefix)\(getpid())-\(unique)"
        do {
            try writeTemp(bytes, temp)
            try FileSystem.rename(temp, to: path)
        } catch let error as SystemError {
            _ = try? FileSystem.remove(temp)
            throw error
        }
        try step(.renamed)
        try FileSystem.syncFolder(folder)
        try step(.folderSynced)
    }

    private func writeTemp(_ bytes: [UInt8], _ temp: String) throws {
        // What a killed process with the same number left is in the way of O_EXCL.
        _ = try FileSystem.remove(temp)
        let file = try FileHandle(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions: 0o600)
        try step(.tempCreated)
        try file.writeAll(bytes)
        try step(.tempWritten)
        try file.sync()
        try step(.tempSynced)
    }

    private func step(_ step: Step) throws {
        if isInterrupted?(step) == true { throw Interruption(step: step) }
    }
}
