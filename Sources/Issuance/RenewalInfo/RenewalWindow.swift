public import FoundationEssentials

/// When a CA would like a certificate to be renewed. RFC 9773 §4.2.
public struct RenewalWindow: Codable, Hashable, Sendable {
    /// Its begin.
    public var start: Date
    /// Its end, after ``start``.
    public var end: Date
    /// A page of the CA's that says why, for people.
    public var explanationURL: String?

    /// Makes a window.
    public init(start: Date, end: Date, explanationURL: String? = nil) {
        self.start = start
        self.end = end
        self.explanationURL = explanationURL
    }
}
