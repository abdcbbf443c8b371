/// Reading of `Link` fields. RFC 8288 §3.
enum LinkHeader {
    /// The targets of the links with this relation type, in order.
    ///
    /// - Parameter lines: the values of all `Link` fields of an answer. Malformed links are left out.
    static func targets(relation: String, in lines: [String]) -> [String] {
        lines.flatMap { links(in: $0) }.filter { $0.relations.contains(relation) }.map(\.target)
    }

    private static func links(in line: String) -> [(target: String, relations: [String])] {
        var links: [(String, [String])] = []
        var rest = Substring(line)
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let target = String(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            let parameters = cutParameters(from: &rest)
            links.append((target, parameters.filter { $0.name == "rel" }.prefix(1).flatMap { relations($0.value) }))
        }
        return links
    }

    /// Takes everything up to the comma that ends the link; commas in quoted strings do not.
    private static func cutParameters(from rest: inout Substring) -> [(name: String, value: String)] {
        var parameters: [(String, String)] = []
        var text = ""
        var isQuoted = false
        func finish() {
            let parts = text.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { parameters.append((trimmed(parts[0]).lowercased(), trimmed(parts[1]))) }
            text = ""
        }
        while let character = rest.popFirst() {
            if character == "\"" {
                isQuoted.toggle()
            } else if isQuoted, character == "\\" {
                if let next = rest.popFirst() { text.append(next) }
            } else if !isQuoted, character == "," || character == ";" {
                finish()
                if character == "," { return parameters }
            } else {
                text.append(character)
            }
        }
        finish()
        return parameters
    }

    private static func relations(_ value: String) -> [String] { value.lowercased().split(separator: " ").map(String.init) }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
