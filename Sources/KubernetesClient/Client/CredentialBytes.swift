internal import Core
internal import FoundationEssentials
internal import PKI

/// The content of one ``FileOrData``, kept as fresh as ``Limits/credentialAgeMax`` says.
///
/// A file that cannot be read any more keeps its last content: a volume that is being remounted is no reason to lose the API server.
struct CredentialBytes {
    /// What the file is for, in errors: `token file`.
    let purpose: String
    private let source: FileOrData
    private var content: [UInt8]?
    private var readAt: Date?
    /// Why the last reading failed, while an older content is used.
    private(set) var problem: ClusterConfigurationError?

    init(_ source: FileOrData, purpose: String) {
        self.source = source
        self.purpose = purpose
    }

    /// The content.
    ///
    /// - Parameter isForced: reads now, however fresh it is.
    /// - Throws: when there has never been one.
    mutating func read(now: Date, isForced: Bool = false) throws(ClusterConfigurationError) -> [UInt8] {
        guard case .file(let path) = source else {
            guard case .data(let bytes) = source else { return [] }
            return bytes.copy()
        }
        if let content, let readAt, !isForced, (0..<Limits.credentialAgeMax.seconds).contains(now.timeIntervalSince(readAt)) {
            return content
        }
        do throws(ConfigurationFile.Failure) {
            let bytes = try ConfigurationFile.read(path)
            guard bytes.contains(where: { $0 > 0x20 }) else {
                throw ConfigurationFile.Failure(words: "the file is empty", isMissing: false)
            }
            problem = nil
            content = bytes
            readAt = now
            return bytes
        } catch {
            let failure = ClusterConfigurationError("\(purpose) \(path)", error.words)
            guard let content else { throw failure }
            problem = failure
            readAt = now
            return content
        }
    }
}
