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
