public import PKI

/// Bytes that are given, or a file that has them and may be replaced at any time.
public enum FileOrData: Sendable, CustomStringConvertible {
    /// The bytes themselves, whether secret or not: neither descriptions nor mirrors show them.
    case data(SecretBytes)
    /// An absolute path. Read when needed, and again when the file has changed.
    case file(String)

    /// The path, or that there is none.
    public var description: String {
        switch self {
        case .data(let bytes): "\(bytes.count) bytes"
        case .file(let path): path
        }
    }
}
