internal import FoundationEssentials

/// Small files that configurations name: kubeconfigs, tokens, certificates, keys.
enum ConfigurationFile {
    /// Why a file could not be read, in words.
    struct Failure: Error {
        let words: String
        let isMissing: Bool
    }

    /// Reads a whole file, following links.
    static func read(_ path: String, bytesMax: Int = Limits.configurationFileBytesMax) throws(Failure) -> [UInt8] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            throw Failure(words: "there is no such file", isMissing: true)
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            throw Failure(words: "there is no permission to read the file", isMissing: false)
        } catch {
            throw Failure(words: "the file cannot be read", isMissing: false)
        }
        guard data.count <= bytesMax else {
            throw Failure(words: "the file has \(data.count) bytes, the limit is \(bytesMax)", isMissing: false)
        }
        return [UInt8](data)
    }
}
