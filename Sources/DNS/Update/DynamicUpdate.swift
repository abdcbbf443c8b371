/// Adds and removes single TXT values at a primary server. RFC 2136, signed by TSIG (RFC 8945).
public struct DynamicUpdate: Sendable {
    /// How messages travel.
    public enum Transport: String, Hashable, Sendable {
        /// Datagrams; repeated, since they may get lost.
        case udp = "UDP"
        /// A connection for each message.
        case tcp = "TCP"
    }

    private let nameserver: Nameserver
    private let transport: Transport
    private let key: TSIGKey?
    private let timeout: Duration
    private let resolver: DNSResolver

    /// Makes an updater; it holds nothing that has to be closed.
    ///
    /// - Parameters:
    ///   - nameserver: The primary server of the zone.
    ///   - key: Nil for servers that go by the address.
    ///   - timeout: For one update in all its attempts.
    ///   - resolver: Asked for the zone of a name when the server itself does not say.
    public init(
        nameserver: Nameserver, transport: Transport = .udp, key: TSIGKey?, timeout: Duration = .seconds(10),
        resolver: DNSResolver = DNSResolver()
    ) {
        self.nameserver = nameserver
        self.transport = transport
        self.key = key
        self.timeout = timeout
        self.resolver = resolver
    }

    /// Adds one value to the TXT records of a name and leaves the others. No change when it is already there.
    ///
    /// - Parameters:
    ///   - ttl: Seconds.
    ///   - zone: Found by SOA when nil: at the server itself, else by the resolver.
    public func add(_ value: String, at name: DomainName, ttl: UInt32 = 60, zone: DomainName? = nil) async throws(DNSError) {
    }

    /// Removes one value of the TXT records of a name and leaves the others. No change when it is not there.
    public func delete(_ value: String, at name: DomainName, zone: DomainName? = nil) async throws(DNSError) {
    }
}
