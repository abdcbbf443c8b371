/// What the CA says went wrong, in its own words. RFC 7807 §3.1 with the subproblems of RFC 8555 §6.7.1.
///
/// The whole document is kept, unknown members included; the properties read from it. One thing is cut out before it gets here:
/// the part of a key authorization that names the account key, which some CAs quote back.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// What each ACME problem type starts with.
    public static let typePrefix = "urn:ietf:params:acme:error:"

    let value: JSONValue

    init(value: JSONValue) { self.value = value }

    /// Makes a document from its usual members.
    public init(type: String, detail: String, status: Int? = nil, subproblems: [Problem] = [], identifier: ACMEIdentifier? = nil) {
        var members: [String: JSONValue] = ["type": .string(type), "detail": .string(detail)]
        if let status { members["status"] = .integer(Int64(status)) }
        if !subproblems.isEmpty { members["subproblems"] = .array(subproblems.map(\.value)) }
        if let identifier {
            members["identifier"] = .object(["type": .string(identifier.kind.rawValue), "value": .string(identifier.value)])
        }
        value = .object(members)
    }

    /// The problem type, mostly `urn:ietf:params:acme:error:…`; `about:blank` when the document names none (RFC 7807 §4.2).
    public var type: String { value["type"]?.text ?? "about:blank" }
    /// The type without the ACME prefix, such as `rateLimited`, or nil for a type from elsewhere.
    public var acmeType: String? {
        type.hasPrefix(Problem.typePrefix) ? String(type.dropFirst(Problem.typePrefix.count)) : nil
    }
    /// The explanation for people.
    public var detail: String? { value["detail"]?.text }
    /// The short summary of the type.
    public var title: String? { value["title"]?.text }
    /// Where to read more; for `userActionRequired` the page that a person has to visit (RFC 8555 §7.3.3).
    public var instance: String? { value["instance"]?.text }
    /// The HTTP status that the document repeats.
    public var status: Int? {
        guard case .integer(let status)? = value["status"] else { return nil }
        return Int(exactly: status)
    }
    /// The value of the identifier that the problem is about, as the CA wrote it. RFC 8555 §6.7.1.
    public var identifier: String? { value["identifier"]?["value"]?.text }
    /// One problem for each identifier concerned. RFC 8555 §6.7.1.
    public var subproblems: [Problem] {
        guard case .array(let values)? = value["subproblems"] else { return [] }
        return values.map(Problem.init(value:))
    }
    /// The document as JSON with sorted members, complete.
    public var document: String { value.serialized }

    /// One line: type, detail, and each subproblem with its identifier. Control characters are escaped, nothing else is changed.
    public var description: String { Problem.printable(line(isNested: false)) }

    /// The same document without a secret that the CA quoted.
    func redacting(_ secret: String) -> Problem { Problem(value: value.replacing(secret, with: "[redacted]")) }

    private func line(isNested: Bool) -> String {
        var line = isNested ? identifier.map { "\($0): " } ?? "" : ""
        line += type
        if let words = detail ?? title { line += ": " + words }
        // RFC 8555 §7.3.3: the page is the only way out.
        if acmeType == "userActionRequired", let instance { line += " (visit \(instance))" }
        // RFC 8555 §6.7.1: subproblems have no subproblems of their own, so one level is all that is shown.
        guard !isNested, !subproblems.isEmpty else { return line }
        let all = subproblems
        line += " (" + all.prefix(ACMELimits.subproblemsShownMax).map { $0.line(isNested: true) }.joined(separator: "; ")
        if all.count > ACMELimits.subproblemsShownMax { line += "; and \(all.count - ACMELimits.subproblemsShownMax) more" }
        return line + ")"
    }

    /// Foreign text on one line: no control character reaches a log or a terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                line += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Problem: Codable {
    /// Reads any JSON object.
    public init(from decoder: any Decoder) throws {
        value = try JSONValue(from: decoder)
        guard case .object = value else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "a problem is an object"))
        }
    }

    /// Writes the document as it was.
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
