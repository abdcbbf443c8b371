/// Bounds on policies, and what happens beyond.
public enum PolicyLimits {
    /// One pattern for DNS names, in bytes. Beyond: the policies are refused. Room for 253 characters of any script.
    public static let patternBytesMax = 1024
    /// Elements of one list. Beyond: the policies are refused, since a decision should stay one of microseconds.
    public static let listMax = 10_000
    /// IssuancePolicy documents. Beyond: the policies are refused. Four for each namespace of the largest clusters.
    public static let policiesMax = 40_000
    /// A reason's text, in bytes. Beyond: the policies are refused. It goes into events, which have 1,024.
    public static let reasonBytesMax = 300
    /// Things that one message lists; of more it says how many.
    static let shownMax = 5
}
