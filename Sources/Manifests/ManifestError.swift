/// What is wrong with a document, and where.
public struct ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as the caller named it.
    public var file: String
    /// The document within the file, from 1.
    public var document: Int
    /// The line within the file, from 1.
    public var line: Int
    /// The character within the line, from 1.
    public var column: Int
    /// The field, such as `spec.rules[2].host`; nil when the text itself is broken.
    public var field: String?
    /// What is wrong. Never the content of a Secret.
    public var message: String

    /// Makes an error from its parts.
    public init(file: String, document: Int, line: Int, column: Int, field: String? = nil, message: String) {
        self.file = file
        self.document = document
        self.line = line
        self.column = column
        self.field = field
        self.message = message
    }

    /// `dir/x.yaml, document 2, line 14, spec.rules[0].host: message`.
    public var description: String {
        let place = "\(file), document \(document), line \(line)"
        guard let field, !field.isEmpty else { return "\(place), column \(column): \(message)" }
        return "\(place), \(field): \(message)"
    }
}
