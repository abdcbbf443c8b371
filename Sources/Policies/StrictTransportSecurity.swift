/// What a host tells browsers about coming back over HTTPS only. RFC 6797.
public struct StrictTransportSecurity: Hashable, Sendable {
    /// How long browsers remember it, in seconds; 0 makes them forget it. §6.1.1.
    public let maxAge: Int
    /// Whether it holds for all names below the host as well. §6.1.2.
    public let includeSubDomains: Bool
    /// Whether the host may be put on the list that browsers are shipped with (hstspreload.org).
    public let preload: Bool

    /// The value of the header field. §6.1.
    public var fieldValue: String {
        "max-age=\(maxAge)" + (includeSubDomains ? "; includeSubDomains" : "") + (preload ? "; preload" : "")
    }

    /// Longest time, in seconds: ten years. Beyond: refused, since it is a slip of units.
    public static let maxAgeMax = 315_360_000
    /// Shortest time, in seconds, with which the preload list takes a host: one year.
    public static let preloadMaxAgeMin = 31_536_000
}
