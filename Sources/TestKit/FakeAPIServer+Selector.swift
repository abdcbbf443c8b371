extension FakeAPIServer {
    /// `labelSelector` and `fieldSelector` of a request.
    struct Selector: Sendable {
        private enum Term: Sendable {
            case equals(String, String)
            case differs(String, String)
            case exists(String)
            case isMissing(String)
            case isOneOf(String, Set<String>)
            case isNoneOf(String, Set<String>)
        }

        private let labels: [Term]
        private let fields: [Term]

        init(labelSelector: String?, fieldSelector: String?, of resource: Resource) throws(Refusal) {
            labels = try Selector.terms(labelSelector ?? "")
            fields = try Selector.terms(fieldSelector ?? "")
            for field in fields {
                guard case .equals(let name, _) = field, resource.selectableFields.contains(name) else {
                    if case .differs(let name, _) = field, resource.selectableFields.contains(name) { continue }
                    throw .badRequest("\"\(fieldSelector ?? "")\" is not a known field selector")
                }
            }
        }

        var isEmpty: Bool { labels.isEmpty && fields.isEmpty }

        func matches(_ object: JSONValue) -> Bool {
            let own = object.at("metadata", "labels")
            return labels.allSatisfy { Selector.holds($0) { own?[$0]?.text } }
                && fields.allSatisfy { Selector.holds($0) { Selector.field($0, of: object) } }
        }

        private static func field(_ name: String, of object: JSONValue) -> String? {
            name.split(separator: ".").reduce(object as JSONValue?) { $0?[String($1)] }?.text
        }

        private static func holds(_ term: Term, _ value: (String) -> String?) -> Bool {
            switch term {
            case .equals(let key, let wanted): value(key) == wanted
            case .differs(let key, let unwanted): value(key) != unwanted
            case .exists(let key): value(key) != nil
            case .isMissing(let key): value(key) == nil
            case .isOneOf(let key, let wanted): value(key).map { wanted.contains($0) } ?? false
            case .isNoneOf(let key, let unwanted): value(key).map { !unwanted.contains($0) } ?? true
            }
        }

        private static func terms(_ text: String) throws(Refusal) -> [Term] {
            var terms: [Term] = []
            var part = ""
            var depth = 0
            for character in text + "," {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                guard character == ",", depth == 0 else {
                    part.append(character)
                    continue
                }
                if !part.isEmpty { terms.append(try term(part)) }
                part = ""
            }
            return terms
        }

        private static func term(_ text: String) throws(Refusal) -> Term {
            for (separator, isNegative) in [(" notin ", true), (" in ", false)] {
                guard let range = text.firstRange(of: separator) else { continue }
                let values = text[range.upperBound...].split { "(), ".contains($0) }.map(String.init)
                let key = String(text[..<range.lowerBound])
                return isNegative ? .isNoneOf(key, Set(values)) : .isOneOf(key, Set(values))
            }
            for (separator, isNegative) in [("!=", true), ("==", false), ("=", false)] {
                guard let range = text.firstRange(of: separator) else { continue }
                let key = String(text[..<range.lowerBound])
                let value = String(text[range.upperBound...])
                return isNegative ? .differs(key, value) : .equals(key, value)
            }
            if text.hasPrefix("!") { return .isMissing(String(text.dropFirst())) }
            guard !text.contains(" ") else { throw .badRequest("unable to parse requirement: \(text)") }
            return .exists(text)
        }
    }
}
