internal import FoundationEssentials

/// A name that a certificate was issued without, because the CA could not be shown that it is ours.
public struct LeftOutName: Codable, Hashable, Sendable {
    /// The name.
    public var name: String
    /// Why, in the CA's words.
    public var problem: String

    /// Makes an entry.
    public init(name: String, problem: String) {
        self.name = name
        self.problem = problem
    }
}

extension LeftOutName {
    /// Reads an annotation; none for anything else.
    static func read(_ annotation: String?) -> [LeftOutName] {
        guard let annotation else { return [] }
        return (try? JSONDecoder().decode([LeftOutName].self, from: Data(annotation.utf8))) ?? []
    }

    /// What the annotation says; nil when no name was left out.
    static func annotation(_ names: [LeftOutName]) -> String? {
        guard !names.isEmpty else { return nil }
        return (try? RecordJSON.encoder.encode(names)).map { String(decoding: $0, as: UTF8.self) }
    }
}
