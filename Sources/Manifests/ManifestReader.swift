/// YAML or JSON text in, documents out. Pure; any thread.
public enum ManifestReader {
    /// How to read a text.
    public enum Format: Hashable, Sendable {
        /// YAML, or JSON where a document starts with a brace and is JSON.
        case yaml
        /// Nothing but JSON.
        case json

        /// By the file's name: `.json` is JSON, everything else YAML.
        public init(fileName: String) {
            self = fileName.hasSuffix(".json") ? .json : .yaml
        }
    }

    /// What one part of a file holds.
    public struct PartContent: Sendable {
        /// The documents that are not empty, and at the end the error that ended the reading, if one did.
        public let documents: [Result<Node, ManifestError>]
        /// How many documents there are, empty ones included: what to add to the number of the next part's first one.
        public let documentCount: Int

        /// Whether the text is broken.
        public var isBroken: Bool {
            guard case .failure? = documents.last else { return false }
            return true
        }
    }

    /// Reads a whole file. Documents without content are left out, but they count in the numbers.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte order mark.
    ///   - file: how errors call it; its suffix decides between YAML and JSON.
    /// - Returns: for each document its root or what is wrong with it; a broken document does not hide those behind the
    ///   next `---` line.
    public static func documents(in bytes: [UInt8], file: String) -> [Result<Node, ManifestError>] {
        guard bytes.count <= ManifestLimits.fileBytesMax else {
            return [.failure(tooLarge("file", bytes.count, ManifestLimits.fileBytesMax, file: file, number: 1, line: 1))]
        }
        guard let parts = ManifestPart.parts(of: bytes) else {
            let error = ManifestError(file: file, document: 1, line: 1, column: 1, message: tooManyDocuments)
            return [.failure(error)]
        }
        var found: [Result<Node, ManifestError>] = []
        var number = 1
        let format = Format(fileName: file)
        for part in parts {
            let content = documents(in: part, of: bytes, format: format, file: file, firstLine: part.line, firstNumber: number)
            found += content.documents
            number += content.documentCount
        }
        return found
    }

    /// The object that a JSON text holds, such as the answer of a server; nil when it holds anything else.
    public static func object(json bytes: [UInt8]) -> Node? {
        let documents = documents(in: bytes, file: "answer.json")
        guard documents.count == 1, case .success(let root)? = documents.first, root.kind == .mapping else { return nil }
        return root
    }

    /// What is said of a file that has too many.
    public static let tooManyDocuments = "the file has more than \(ManifestLimits.documentsMax) documents"

    /// Reads one part of a file.
    ///
    /// - Parameters:
    ///   - firstLine: what to call the part's first line; pass 1 when the place within the file is added later.
    ///   - firstNumber: what to call the part's first document.
    public static func documents(
        in part: ManifestPart, of bytes: [UInt8], format: Format, file: String, firstLine: Int, firstNumber: Int
    ) -> PartContent {
        let text = bytes[part.range]
        guard text.count <= ManifestLimits.documentBytesMax else {
            let error = tooLarge(
                "document", text.count, ManifestLimits.documentBytesMax, file: file, number: firstNumber, line: firstLine)
            return PartContent(documents: [.failure(error)], documentCount: 1)
        }
        if let json = jsonContent(text, format: format, file: file, firstLine: firstLine, firstNumber: firstNumber) { return json }
        let all = unsafe text.withUnsafeBufferPointer { text in
            unsafe YAMLParser(text: text, file: file, firstLine: firstLine, firstNumber: firstNumber).documents()
        }
        return content(all)
    }

    private static func content(_ all: [Result<Node, ManifestError>]) -> PartContent {
        let documents = all.filter { result in
            guard case .success(let root) = result else { return true }
            return root.kind != .null
        }
        return PartContent(documents: documents, documentCount: all.count)
    }

    /// nil when the text is to be read as YAML.
    private static func jsonContent(
        _ text: ArraySlice<UInt8>, format: Format, file: String, firstLine: Int, firstNumber: Int
    ) -> PartContent? {
        var line = firstLine
        var body = text
        if body.starts(with: "---".utf8) {
            body = body.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
            line += 1
        }
        if format == .yaml {
            let first = body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
            guard first == UInt8(ascii: "{") else { return nil }
        }
        guard String(validating: body, as: UTF8.self) != nil else {
            if format == .yaml { return nil }
            let error = ManifestError(file: file, document: firstNumber, line: line, column: 1, message: "not JSON: not UTF-8")
            return PartContent(documents: [.failure(error)], documentCount: 1)
        }
        var parser = JSONParser(bytes: body, file: file, firstLine: line)
        let found = content(parser.documents(firstNumber: firstNumber))
        // A flow mapping of YAML starts like JSON; then YAML's own complaint is the one to show.
        return format == .yaml && found.isBroken ? nil : found
    }

    private static func tooLarge(
        _ what: String, _ bytes: Int, _ limit: Int, file: String, number: Int, line: Int
    ) -> ManifestError {
        ManifestError(
            file: file, document: number, line: line, column: 1, message: "the \(what) has \(bytes) bytes, the limit is \(limit)")
    }
}
