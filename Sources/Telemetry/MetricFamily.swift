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

    /// The name, the same in every form. OpenMetrics wants `_total` at the end of every counter; those of other projects that lack it are
    /// of unknown type there, since dashboards and alerts know them by their name.
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
