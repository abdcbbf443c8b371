/// Why ``IssuanceController/renew(_:)`` did nothing.
public struct RenewalRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for an operator.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The sentence.
    public var description: String { message }
}
