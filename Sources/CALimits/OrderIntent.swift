/// What is about to be ordered, as far as the limits of a CA look at it.
public struct OrderIntent: Hashable, Sendable {
    /// Which account orders; any text that stays the same as long as the account does.
    public var account: String
    /// The names as the order has them: DNS names in lower-case ASCII, wildcards with `*.`, and canonical IP addresses.
    public var names: [String]
    /// The distinct registered domains of the names, sorted. ``RegisteredDomain``.
    public var registeredDomains: [String]
    /// Whether the order says which certificate it replaces. RFC 9773 §5.
    public var isARIRenewal: Bool
    /// Whether the CA has issued for exactly these names before.
    public var hasSameNames: Bool

    /// Describes an order.
    public init(account: String, names: [String], isARIRenewal: Bool = false, hasSameNames: Bool = false) {
        self.account = account
        self.names = names.sorted()
        registeredDomains = Set(names.map { RegisteredDomain.of($0) }).sorted()
        self.isARIRenewal = isARIRenewal
        self.hasSameNames = hasSameNames
    }

    /// The names without the `*.` of wildcards: what is validated.
    var hosts: Set<String> { Set(names.map(OrderIntent.host)) }

    /// A name without the `*.` of a wildcard.
    static func host(_ name: String) -> String { name.hasPrefix("*.") ? String(name.dropFirst(2)) : name }

    /// The keys of the buckets that a limit has for this order.
    func keys(of limit: CALimit) -> [String] {
        switch limit.scope {
        case .account: [account]
        case .registeredDomain: registeredDomains
        case .exactSet: [BucketKey.set(names)]
        case .accountAndHost: hosts.map { BucketKey.accountAndHost(account, $0) }
        case .address: [""]
        }
    }
}

/// How buckets are told apart.
enum BucketKey {
    static func accountAndHost(_ account: String, _ host: String) -> String { bounded(account + " " + host) }

    /// A set of names as 16 hex digits. A name that shares them with another set shares its bucket, which costs it a wait at worst.
    static func set(_ names: [String]) -> String { hash(names.map { $0 + "\n" }.joined()) }

    /// A key that is not too long.
    static func bounded(_ key: String) -> String { key.utf8.count <= CALimitsLimits.keyBytesMax ? key : hash(key) }

    /// FNV-1a, 64 bits: the same in every process, unlike `Hasher`.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
