/// Which names a problem is about. RFC 8555 §6.7.1.
extension Problem {
    /// The names among these that the CA blames, with its words about each: by the identifiers of the document and its subproblems, or,
    /// where it has none of these, by the only one of them that the text mentions. Problems that are no name's fault blame nobody.
    func identifiersAtFault(among identifiers: [ACMEIdentifier]) -> [ACMEIdentifier: Problem] {
        var found: [ACMEIdentifier: Problem] = [:]
        for problem in [self] + subproblems where problem.isAboutName {
            guard let value = problem.identifier?.lowercased() else { continue }
            // A CA may leave the `*.` out, as authorizations do.
            let exact = identifiers.filter { $0.value == value }
            for name in exact.isEmpty ? identifiers.filter({ $0.withoutWildcard.value == value }) : exact where found[name] == nil {
                found[name] = problem
            }
        }
        guard found.isEmpty, subproblems.isEmpty, isAboutName, let detail else { return found }
        let mentioned = Problem.names(in: detail.lowercased())
        let blamed = identifiers.filter { mentioned.contains($0.value) }
        return blamed.count == 1 ? [blamed[0]: self] : [:]
    }

    /// Whether the type is one that CAs give about a name: RFC 8555 §6.7.
    private var isAboutName: Bool {
        switch acmeType {
        case "rejectedIdentifier", "unsupportedIdentifier", "caa", "dns", "connection", "tls", "unauthorized", "incorrectResponse": true
        default: false
        }
    }

    /// The runs of characters that a name or an address can have, without a full stop at the end.
    private static func names(in text: String) -> Set<String> {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber) || "-._*:".contains($0)) }
        return Set(words.map { String($0.reversed().drop { $0 == "." || $0 == ":" }.reversed()) })
    }
}
