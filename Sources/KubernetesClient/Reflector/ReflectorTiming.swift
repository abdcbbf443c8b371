internal import Core

/// How patient a ``Reflector`` is. The values of client-go where it has them.
public struct ReflectorTiming: Hashable, Sendable {
    /// Objects per page of a list. client-go: 500.
    public var pageObjects = 500
    /// The first pause after a failure; it doubles, and each time up to as much again is added by chance. client-go: 800 ms.
    public var backoffMin = Duration.milliseconds(800)
    /// Where it stops doubling. client-go: 30 s.
    public var backoffMax = Duration.seconds(30)
    /// A watch is asked to end after this long, so that load moves to servers that were added; by chance up to twice that. client-go:
    /// 5 minutes.
    public var watchTime = Duration.minutes(5)
    /// A watch without a byte for this long is dead, whatever TCP thinks. Bookmarks come each minute.
    public var idleTime = Duration.seconds(90)
    /// A watch that ends sooner, without an event, counts as a failure: reconnecting at once would be a loop. client-go: 1 s.
    public var briefWatchTime = Duration.seconds(1)

    /// The standard.
    public init() {}

    /// The pause after so many failures in a row.
    ///
    /// - Parameter draw: 0..<1, different each time.
    func pause(failures: Int, atLeast: Duration?, draw: Double) -> Duration {
        var pause = backoffMin
        for _ in 1..<max(failures, 1) where pause < backoffMax { pause *= 2 }
        return max(min(pause, backoffMax) * (1 + draw), atLeast ?? .zero)
    }
}
