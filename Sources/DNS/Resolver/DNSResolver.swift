/// Asks recursive name servers.
///
/// Questions go out by UDP with EDNS, from a new port and with a random identifier each, and by TCP when the answer is truncated. Believed is
/// only what answers the question asked: records of the name, and of the names that its aliases lead to. What does not exist is empty, not
/// an error; SERVFAIL, REFUSED and silence are errors once every server has been tried. No thread of Swift concurrency is ever blocked, and
/// every call ends soon after its task is cancelled.
public final class DNSResolver: Sendable {
    /// How long to wait.
    public struct Timeouts: Hashable, Sendable {
        /// For one server's answer by UDP.
        public var datagram: Duration
        /// For one server's answer by TCP.
        public var stream: Duration
        /// For one question at all servers.
        public var total: Duration

        /// 2 s, 5 s and 10 s unless told otherwise.
        public init(datagram: Duration = .seconds(2), stream: Duration = .seconds(5), total: Duration = .seconds(10)) {
            self.datagram = datagram
            self.stream = stream
            self.total = total
        }
    }

    /// The servers that are asked; nil for those of `/etc/resolv.conf`.
    public let nameservers: [Nameserver]?
    /// How long to wait.
    public let timeouts: Timeouts
    /// Where authoritative servers listen; 53 but in tests.
    public let authoritativePort: UInt16
    private let resolvConf: ResolvConf

    /// Makes a resolver; it holds nothing that has to be closed.
    ///
    /// - Parameters:
    ///   - nameservers: Asked in this order; nil or empty for those of `resolvConfPath`, which is read again when it changes.
    ///   - authoritativePort: Where authoritative servers listen; another than 53 is for tests.
    public init(
        nameservers: [Nameserver]? = nil, timeouts: Timeouts = Timeouts(), authoritativePort: UInt16 = 53,
        resolvConfPath: String = "/etc/resolv.conf"
    ) {
        self.nameservers = nameservers.flatMap { $0.isEmpty ? nil : Array($0.prefix(DNSLimits.nameserversMax)) }
        self.timeouts = timeouts
        self.authoritativePort = authoritativePort
        resolvConf = ResolvConf(path: resolvConfPath)
    }

    /// The servers that are asked now.
    var servers: [Nameserver] { nameservers ?? resolvConf.nameservers() }

    /// The values of the TXT records of a name or of what it is an alias of; the character-strings of each record joined, bytes that are not
    /// UTF-8 replaced.
    public func txt(_ name: DomainName) async throws(DNSError) -> [String] {
        try await answer(to: Question(name: name, type: .txt)).texts
    }

    /// What a name is an alias of, one step; nil when it is none.
    public func cname(_ name: DomainName) async throws(DNSError) -> DomainName? {
        try await answer(to: Question(name: name, type: .cname)).names.first
    }

    /// The last name that the aliases of a name lead to; the name itself when it is none.
    ///
    /// - Throws: `.aliases` when they lead in a circle or are more than 10.
    public func followCNAMEs(from name: DomainName) async throws(DNSError) -> DomainName {
        var chain = AliasChain(from: name)
        while let target = try await cname(chain.end) {
            do { try chain.follow(to: target) } catch { throw DNSError(error, subject: "CNAME \(name)") }
        }
        return chain.end
    }

    /// The IPv4 and IPv6 addresses of a name or of what it is an alias of, in text, IPv4 first.
    ///
    /// One family failing is an error only when the other has none.
    public func addresses(_ name: DomainName) async throws(DNSError) -> [String] {
        async let four = result(of: Question(name: name, type: .a))
        async let six = result(of: Question(name: name, type: .aaaa))
        switch (await four, await six) {
        case (.success(let four), .success(let six)): return four.addresses + six.addresses
        case (.success(let found), .failure(let error)), (.failure(let error), .success(let found)):
            guard !found.addresses.isEmpty else { throw error }
            return found.addresses
        case (.failure(let error), .failure): throw error
        }
    }

    /// The CAA records of exactly this name or of what it is an alias of; no climbing (``CAA`` does that).
    public func caa(_ name: DomainName) async throws(DNSError) -> [CAARecord] {
        try await answer(to: Question(name: name, type: .caa)).caaRecords
    }

    /// The zone that holds a name: the nearest of it and its parents with an SOA record.
    ///
    /// - Throws: `.noZone` when none has.
    public func zone(of name: DomainName) async throws(DNSError) -> DomainName {
        try await ZoneSearch.zone(of: name) { (question) async throws(DNSError) in try await self.answer(to: question) }
    }

    /// The host names of the name servers of a zone.
    public func nameservers(ofZone zone: DomainName) async throws(DNSError) -> [DomainName] {
        try await answer(to: Question(name: zone, type: .ns)).names
    }

    private func result(of question: Question) async -> Result<Answer, DNSError> {
        do { return .success(try await answer(to: question)) } catch { return .failure(error) }
    }
}
