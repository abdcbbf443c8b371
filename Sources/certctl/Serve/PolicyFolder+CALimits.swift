internal import CALimits
internal import Manifests

extension PolicyFolder {
    /// What CAs allow: the shipped documents, and those of the folder in place of shipped ones of the same name.
    ///
    /// - Throws: when the folder cannot be read, or one of its documents is wrong.
    static func caLimits(folder: String?) throws -> CALimitsSet {
        var limits = try CALimitsSet.shipped()
        for file in try folder.map({ try ManifestFiles.files(at: $0, flag: "--policies") }) ?? [] {
            do {
                try limits.add(try FileContent.bytes(of: file, bytesMax: ManifestLimits.fileBytesMax), file: file)
            } catch let error as ManifestError {
                throw CommandFailure(error.description)
            }
        }
        return limits
    }
}
