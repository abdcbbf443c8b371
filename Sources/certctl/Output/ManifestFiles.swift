internal import FoundationEssentials

/// The files that a flag means which takes a file or a folder.
enum ManifestFiles {
    /// The file itself, or every `.yaml`, `.yml` and `.json` file in the folder at any depth, hidden ones excepted, in order.
    ///
    /// - Throws: ``CommandFailure`` that names the flag when there is nothing to read.
    static func files(at path: String, flag: String) throws -> [String] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure("\(flag) \(path) is not there")
        }
        guard isFolder else { return [path] }
        let found: [String]
        do {
            found = try FileManager.default.subpathsOfDirectory(atPath: path)
        } catch {
            throw CommandFailure("\(flag) \(path) cannot be read: \(error)")
        }
        return
            found
            .filter { path in suffixes.contains { path.hasSuffix($0) } && !path.split(separator: "/").contains { $0.hasPrefix(".") } }
            .sorted().map { path + "/" + $0 }
    }

    private static let suffixes = [".yaml", ".yml", ".json"]
}
