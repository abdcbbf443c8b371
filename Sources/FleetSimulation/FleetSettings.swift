/// What a simulated fleet is.
public struct FleetSettings: Sendable {
    /// Certificates of one lifetime.
    public struct Share: Sendable {
        /// Their lifetime, in days.
        public let lifetimeDays: Double
        /// Their part of the fleet.
        public let part: Double

        /// Makes one.
        public init(lifetimeDays: Double, part: Double) {
            self.lifetimeDays = lifetimeDays
            self.part = part
        }
    }

    /// How a run begins.
    public enum Start: String, Sendable {
        /// Without any certificate: all are ordered under the CA's limits.
        case empty
        /// With all of them issued within one hour, such as those of another program that were taken over.
        case oneHour
    }

    /// A time during which the CA answers nothing.
    public struct Outage: Sendable {
        /// Its begin, in days after the start.
        public let day: Double
        /// How long it takes.
        public let hours: Double

        /// Makes one.
        public init(day: Double, hours: Double) {
            self.day = day
            self.hours = hours
        }

        func contains(_ time: Double) -> Bool { (day * 86_400..<day * 86_400 + hours * 3600).contains(time) }
    }

    /// How many certificates.
    public var certificates = 100_000
    /// For how long.
    public var days = 365.0
    /// The seed of all chance.
    public var seed: UInt64 = 1
    /// How it begins.
    public var start = Start.empty
    /// Their lifetimes: Let's Encrypt's of today, of 2028, and its short-lived ones.
    public var shares = [
        Share(lifetimeDays: 90, part: 0.5), Share(lifetimeDays: 45, part: 0.4), Share(lifetimeDays: 6, part: 0.1),
    ]
    /// Registered domains with many names each.
    public var bigDomains = 20
    /// The part of the certificates that is under ``bigDomains``.
    public var bigPart = 0.1
    /// Certificates under each of the other registered domains.
    public var certificatesPerDomain = 2
    /// Certificates of a namespace; the first namespace has a fifth of the fleet.
    public var certificatesPerNamespace = 50
    /// When the CA is away.
    public var outages = [
        Outage(day: 60.3, hours: 3), Outage(day: 120.6, hours: 12), Outage(day: 200.1, hours: 36), Outage(day: 290.8, hours: 6),
    ]
    /// When the process is started anew, in days: within outages, soon after them, and in between.
    public var restarts = [60.35, 121.2, 150.0, 200.9, 201.7, 203.0, 295.4]
    /// The part of orders that fail for a reason of their own.
    public var failurePart = 0.01
    /// Whether orders for renewal say what they replace. RFC 9773 §5.
    public var usesRenewalInfo = true

    /// A hundred thousand certificates over a year.
    public init() {}
}
