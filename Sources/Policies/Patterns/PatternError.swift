internal import Core

/// Why a text is not a pattern.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text, cut to a printable length.
    public let got: String
    /// What is wrong with it.
    public let reason: String

    init(_ got: String, _ reason: String) {
        self.got = got.oneLine(bytesMax: 80)
        self.reason = reason
    }

    /// One line for an operator.
    public var description: String { "got \"\(got)\": \(reason)" }
}
