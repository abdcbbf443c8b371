internal import FoundationEssentials

/// Reading a file that a person named.
enum FileContent {
    /// The whole file.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read or is larger than anything of its kind.
    static func bytes(of path: String, bytesMax: Int) throws -> [UInt8] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let size = attributes?[.size] as? Int, size > bytesMax {
            throw CommandFailure("\(path) has \(size) bytes; allowed are \(bytesMax)")
        }
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw CommandFailure("\(path) cannot be read: \(error)")
        }
    }
}
