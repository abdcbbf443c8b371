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

extension DNSNameError.Reason {
    /// The rule, without the text that broke it.
    var words: String {
        let description = DNSNameError(got: "", reason: self).description
        return description.split(separator: "\"\": ", maxSplits: 1).last.map(String.init) ?? description
    }
}
