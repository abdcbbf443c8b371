internal import Manifests

/// Why there is no configuration or no credential. Never holds a token, a key or a plugin's output.
public struct ClusterConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, the field or the program.
    public let subject: String
    /// What is wrong with it.
    public let message: String

    /// Makes an error.
    public init(_ subject: String, _ message: String) {
        self.subject = subject
        self.message = message
    }

    /// An error of a kubeconfig's text, with its line and field.
    init(_ error: ManifestError) {
        let field = error.field.flatMap { $0.isEmpty ? nil : ", \($0)" } ?? ", column \(error.column)"
        self.init("\(error.file), line \(error.line)\(field)", error.message)
    }

    /// One line for an operator.
    public var description: String { "\(subject): \(message)" }
}
