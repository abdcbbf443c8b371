internal import CYAML

/// Reads YAML 1.1 text with libyaml's event parser. The only user of CYAML.
///
/// Owns one `yaml_parser_t`, freed by deinit; the text is lent for the lifetime of the value.
@safe struct YAMLParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeBufferPointer<UInt8>
    private let file: String
    private let firstLine: Int
    private let firstNumber: Int

    /// - Parameters:
    ///   - text: one or several documents in UTF-8 without a byte order mark. Must outlive the value.
    ///   - firstLine: the line number of the first line of the text.
    ///   - firstNumber: the number of the first document.
    init(text: UnsafeBufferPointer<UInt8>, file: String, firstLine: Int, firstNumber: Int) {
        unsafe self.parser = .allocate(capacity: 1)
        unsafe self.text = text
        self.file = file
        self.firstLine = firstLine
        self.firstNumber = firstNumber
        // Fails only when memory runs out, which ends the process elsewhere anyway.
        let isReady = unsafe yaml_parser_initialize(parser)
        precondition(isReady == 1, "libyaml could not allocate a parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // SAFETY: libyaml only reads; an empty buffer may have no address, so that it gets that of the parser and length 0.
        let start = unsafe text.baseAddress ?? UnsafeRawPointer(parser).assumingMemoryBound(to: UInt8.self)
        unsafe yaml_parser_set_input_string(parser, start, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// Reads every document; the first error ends the reading and is the last element.
    consuming func documents() -> [Result<Node, ManifestError>] {
        var found: [Result<Node, ManifestError>] = []
        var number = firstNumber
        do throws(ManifestError) {
            while let document = try nextDocument(number) {
                guard found.count < ManifestLimits.documentsMax else {
                    throw ManifestError(
                        file: file, document: number, line: Int(document.records[0].line), column: 1,
                        message: ManifestReader.tooManyDocuments)
                }
                found.append(.success(Node(document: document, index: 0)))
                number += 1
            }
        } catch {
            found.append(.failure(error))
        }
        return found
    }

    private func nextDocument(_ number: Int) throws(ManifestError) -> ManifestDocument? {
        var builder = TreeBuilder(expectedBytes: min(unsafe text.count, 4096))
        do throws(TreeBuilder.Refusal) {
            while try feed(&builder) {}
        } catch {
            throw ManifestError(file: file, document: number, line: error.line, column: error.column, message: error.message)
        }
        return builder.records.isEmpty ? nil : builder.finish(file: file, number: number)
    }

    /// Takes one event; false at the end of a document or of the text.
    private func feed(_ builder: inout TreeBuilder) throws(TreeBuilder.Refusal) -> Bool {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = TreeBuilder.Mark(
            line: firstLine + (unsafe Int(event.start_mark.line)), column: unsafe Int(event.start_mark.column) + 1)
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            // SAFETY: the event owns the bytes until it is deleted, after this switch.
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let tag = unsafe string(scalar.tag)
            let kind = unsafe try scalarKind(bytes, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: tag, mark)
            unsafe try builder.scalar(kind, bytes, at: mark, anchor: string(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            try check(unsafe string(event.data.sequence_start.tag), is: "tag:yaml.org,2002:seq", mark)
            try builder.start(.sequence, at: mark, anchor: unsafe string(event.data.sequence_start.anchor))
        case YAML_MAPPING_START_EVENT:
            try check(unsafe string(event.data.mapping_start.tag), is: "tag:yaml.org,2002:map", mark)
            try builder.start(.mapping, at: mark, anchor: unsafe string(event.data.mapping_start.anchor))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try builder.end()
        case YAML_ALIAS_EVENT: try builder.alias(unsafe string(event.data.alias.anchor) ?? "", at: mark)
        case YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT, YAML_NO_EVENT: return false
        default: break  // stream start and document start carry nothing that is needed
        }
        return true
    }

    private func scalarKind(
        _ bytes: UnsafeBufferPointer<UInt8>, isPlain: Bool, tag: String?, _ mark: TreeBuilder.Mark
    ) throws(TreeBuilder.Refusal) -> ManifestDocument.Kind {
        switch tag {
        case nil: return isPlain ? unsafe PlainScalar.kind(of: bytes) : .string
        case "!", "tag:yaml.org,2002:str": return .string
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:float":
            let kind = unsafe PlainScalar.kind(of: bytes)
            guard tag?.hasSuffix(":\(kind)") == true else { throw refusal(mark, "the value does not fit its tag \(shown(tag))") }
            return kind
        default: throw refusal(mark, "tag \(shown(tag)) is not supported")
        }
    }

    private func check(_ tag: String?, is allowed: String, _ mark: TreeBuilder.Mark) throws(TreeBuilder.Refusal) {
        if let tag, tag != allowed, tag != "!" { throw refusal(mark, "tag \(shown(tag)) is not supported") }
    }

    private func shown(_ tag: String?) -> String { String((tag ?? "").prefix(ManifestLimits.quotedCharactersMax)) }

    private func refusal(_ mark: TreeBuilder.Mark, _ message: String) -> TreeBuilder.Refusal {
        TreeBuilder.Refusal(line: mark.line, column: mark.column, message: message)
    }

    private func string(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }

    private func syntaxError() -> TreeBuilder.Refusal {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unreadable"
        let error = unsafe parser.pointee.error
        if error == YAML_READER_ERROR {
            let offset = unsafe min(Int(parser.pointee.problem_offset), text.count)
            let lines = unsafe text[..<offset].count { $0 == UInt8(ascii: "\n") }
            return TreeBuilder.Refusal(line: firstLine + lines, column: 1, message: "not YAML in UTF-8: \(problem)")
        }
        let context = unsafe parser.pointee.context.map { unsafe " " + String(cString: $0) } ?? ""
        let mark = unsafe parser.pointee.problem_mark
        let index = Int(mark.index)
        // `index` counts characters, so that behind other scripts the byte may be another one; then libyaml's words stand.
        let isTab = unsafe problem.contains("cannot start any token") && index < text.count && text[index] == UInt8(ascii: "\t")
        let message = isTab ? "a tab cannot indent or start a value" : "not YAML: \(problem)\(context)"
        return TreeBuilder.Refusal(line: firstLine + Int(mark.line), column: Int(mark.column) + 1, message: message)
    }
}
