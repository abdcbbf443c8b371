public import Core
internal import FoundationEssentials

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
    private let time: any TimeSource

    /// Makes an updater; it holds nothing that has to be closed.
    ///
    /// - Parameters:
    ///   - nameserver: The primary server of the zone.
    ///   - key: Nil for servers that go by the address.
    ///   - timeout: For one update in all its attempts; the search for the zone has as much.
    ///   - resolver: Asked for the zone of a name when the server itself does not say.
    ///   - time: What the signature of an answer has to be near to. Our own is made with the machine's clock.
    public init(
        nameserver: Nameserver, transport: Transport = .udp, key: TSIGKey?, timeout: Duration = .seconds(10),
        resolver: DNSResolver = DNSResolver(), time: any TimeSource = SystemTime()
    ) {
        self.nameserver = nameserver
        self.transport = transport
        self.key = key
        self.timeout = timeout
        self.resolver = resolver
        self.time = time
    }

    /// Adds one value to the TXT records of a name and leaves the others. No change when it is already there. RFC 2136 §2.5.1.
    ///
    /// - Parameters:
    ///   - ttl: Seconds.
    ///   - zone: Found by SOA when nil: at the server itself, else by the resolver.
    public func add(_ value: String, at name: DomainName, ttl: UInt32 = 60, zone: DomainName? = nil) async throws(DNSError) {
        try await apply(try RecordChange(value, name: name, ttl: ttl, isAddition: true), zone: zone)
    }

    /// Removes one value of the TXT records of a name and leaves the others. No change when it is not there. RFC 2136 §2.5.4.
    public func delete(_ value: String, at name: DomainName, zone: DomainName? = nil) async throws(DNSError) {
        try await apply(try RecordChange(value, name: name, ttl: 0, isAddition: false), zone: zone)
    }

    private func apply(_ change: RecordChange, zone given: DomainName?) async throws(DNSError) {
        let addresses = try await HostLookup.addresses(of: nameserver, within: timeout)
        let zone = if let given { given } else { try await zone(of: change.name, at: addresses) }
        let subject = "\(change) in zone \(zone) at \(nameserver)"
        guard change.name.isSubdomain(of: zone) else {
            throw DNSError(.invalidName("\(change.name) is not within the zone \(zone)"), subject: subject)
        }
        let attempts = max(addresses.count, transport == .udp ? DNSLimits.updateAttemptsMax : 1)
        var lastError: DNSError.Code?
        for attempt in 0..<attempts {
            do throws(DNSError.Code) {
                return try await send(change, zone: zone, to: addresses[attempt % addresses.count], within: timeout / attempts)
            } catch {
                switch error {
                // Safe to repeat: adding what is there, and removing what is not, changes nothing.
                case .timedOut, .network, .unreachable: lastError = error
                default: throw DNSError(error, subject: subject)
                }
            }
        }
        throw DNSError(lastError ?? .timedOut(timeout, instead: nil), subject: subject)
    }

    private func send(
        _ change: RecordChange, zone: DomainName, to address: SocketAddress, within limit: Duration
    ) async throws(DNSError.Code) {
        let id = UInt16.random(in: 0...UInt16.max)
        guard let update = Packet.update(change, zone: zone, id: id) else { throw .network("no memory for a message") }
        var mac: [UInt8] = []
        if let key {
            guard let made = update.sign(with: key) else { throw .invalidKey("libldns cannot sign with it") }
            mac = made
        }
        guard let message = update.bytes() else { throw .network("no memory for a message") }
        let exchange = Exchange(
            address: address, transport: transport == .udp ? .datagram : .stream, message: message, timeout: limit,
            answerBytesMax: DNSLimits.signedAnswerBytesMax
        ) { bytes in
            guard let header = Message.Header(bytes), header.id == id else { return .stray("an answer with another identifier") }
            return header.isResponse && header.opcode == 5 ? .answer : .stray("a message that is no answer to an update")
        }
        let answer: [UInt8]
        do { answer = try await ExchangeEngine.perform(exchange) } catch { throw error.code(after: limit) }
        try UpdateAnswer(answer).check(key: key, requestMAC: mac, now: Int64(time.now().timeIntervalSince1970))
    }

    /// The zone as the server to be updated knows it, which is right also where the world sees another one (split horizon, hidden primary).
    private func zone(of name: DomainName, at addresses: [SocketAddress]) async throws(DNSError) -> DomainName {
        for address in addresses.prefix(DNSLimits.addressesPerServerMax) {
            let asked = try? await ZoneSearch.zone(of: name) { (question) async throws(DNSError) in
                let query = ServerQuery(
                    question: question, address: address, server: nameserver, isRecursionDesired: false, timeouts: resolver.timeouts)
                let answer = try await query.answer(within: timeout)
                guard answer.isAuthoritative else { throw DNSError(.notAuthoritative, subject: "\(question) at \(nameserver)") }
                return answer
            }
            if let asked { return asked }
        }
        return try await resolver.zone(of: name)
    }
}
