/// What the samples of one name have in common.
public struct MetricFamily: Sendable, Hashable {
    /// What kind of number it is.
    public enum Kind: String, Sendable, Hashable {
        /// Only grows, and starts at zero with the process.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations in buckets.
        case histogram
        /// Gives quantiles.
        case summary
    }

    /// The name as Prometheus' own form has it. OpenMetrics wants `_total` at the end of every counter, so it is added there to those of
    /// other projects whose names we keep.
    public let name: String
    /// What kind of number it is.
    public let kind: Kind
    /// One sentence.
    public let help: String

    /// Makes one.
    public init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}
