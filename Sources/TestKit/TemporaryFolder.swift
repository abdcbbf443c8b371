internal import FoundationEssentials

/// A folder of a test's own, removed with its owner.
public final class TemporaryFolder: Sendable {
    /// Absolute.
    public let path: String

    /// Makes an empty folder, mode 0700.
    public init(_ name: String = "certctl-test") throws {
        path = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "\(name).\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file as editors do it: beside, then over. Sub-folders are made.
    public func write(_ text: String, to name: String) throws {
        let file = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// The whole of a file.
    public func read(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }
}
