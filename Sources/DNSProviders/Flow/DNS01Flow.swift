public import Core
public import DNS
internal import FoundationEssentials
public import KubernetesAPI
public import Logging

/// The steps of dns-01 for one solver, RFC 8555 §8.4. The caller keeps the ``PresentedRecord`` durably between the first two:
///
///     let record = try await flow.record(for: name, token: token, keyAuthorization: keyAuthorization)
///     // keep PresentedRecord(solver:, secretNamespace:, record:)
///     try await flow.present(record, by: provider)
///     try await flow.confirm(record)
///     // the CA validates
///     try await flow.cleanUp(record, by: provider)   // whatever happened before
public struct DNS01Flow: Sendable {
    /// How the record is looked for before the CA is asked to.
    public struct SelfCheck: Hashable, Sendable {
        /// How long until it must be everywhere. Beyond: the attempt fails.
        public var timeout: Duration
        /// The wait between two looks.
        public var period: Duration
        /// Whether the resolver is believed instead of the zone's own servers, for networks that do not let these be asked.
        public var asksResolverOnly: Bool

        /// Makes settings; 5 minutes, 10 seconds as in cert-manager, and the zone's own servers.
        public init(timeout: Duration = .minutes(5), period: Duration = .seconds(10), asksResolverOnly: Bool = false) {
            self.timeout = timeout
            self.period = period
            self.asksResolverOnly = asksResolverOnly
        }
    }

    private let solver: DNS01Solver
    private let wait: Duration?
    private let selfCheck: SelfCheck
    private let time: any TimeSource
    private let logger: Logger
    private let follow: @Sendable (DomainName) async throws(DNSError) -> DomainName
    private let look: @Sendable (DomainName, String) async -> PropagationReport

    /// Makes the flow of a solver.
    ///
    /// - Parameters:
    ///   - solver: its own name servers replace the resolver, and the zone's servers are then not asked, as in cert-manager.
    ///   - waitInsteadOfSelfCheck: of the solver.
    /// - Throws: `.configuration` when a name server of the solver is none.
    public init(
        solver: DNS01Solver, waitInsteadOfSelfCheck: Duration? = nil, resolver: DNSResolver, selfCheck: SelfCheck = SelfCheck(),
        time: any TimeSource = SystemTime(), logger: Logger
    ) throws(DNSProviderError) {
        var nameservers: [Nameserver] = []
        for text in solver.nameservers {
            do {
                nameservers.append(try Nameserver(text))
            } catch {
                throw DNSProviderError(.configuration("nameservers: \(error)"), "dns-01 by \(solver.provider.name)")
            }
        }
        let own =
            nameservers.isEmpty
            ? resolver
            : DNSResolver(nameservers: nameservers, timeouts: resolver.timeouts, authoritativePort: resolver.authoritativePort)
        let asksResolver = selfCheck.asksResolverOnly || !nameservers.isEmpty
        let check = AuthoritativeCheck(resolver: own, mode: asksResolver ? .recursiveOnly : .authoritative)
        self.init(
            solver: solver, waitInsteadOfSelfCheck: waitInsteadOfSelfCheck, selfCheck: selfCheck, time: time, logger: logger,
            follow: { (name) throws(DNSError) in try await own.followCNAMEs(from: name) }, look: { await check.txt($0, has: $1) })
    }

    /// With other eyes, for tests.
    init(
        solver: DNS01Solver, waitInsteadOfSelfCheck: Duration?, selfCheck: SelfCheck, time: any TimeSource, logger: Logger,
        follow: @escaping @Sendable (DomainName) async throws(DNSError) -> DomainName,
        look: @escaping @Sendable (DomainName, String) async -> PropagationReport
    ) {
        self.solver = solver
        wait = waitInsteadOfSelfCheck
        self.selfCheck = selfCheck
        self.time = time
        self.logger = logger
        self.follow = follow
        self.look = look
    }

    /// The record that answers a challenge, CNAMEs followed when the solver says so.
    ///
    /// - Throws: `.dns` when they lead in a circle or cannot be looked up.
    public func record(for domain: DNSName, token: String, keyAuthorization: String) async throws(DNSProviderError) -> ChallengeRecord {
        var name = try ChallengeRecord.challengeName(of: domain)
        if solver.cnameStrategy == .follow {
            do {
                name = try await follow(name)
            } catch {
                throw DNSProviderError(.dns("\(error)"), "CNAME of \(name)")
            }
        }
        return ChallengeRecord(name: name, domain: domain, token: token, keyAuthorization: keyAuthorization)
    }

    /// Writes the record.
    public func present(_ record: ChallengeRecord, by provider: any DNSProvider) async throws(DNSProviderError) {
        try await provider.present(record)
    }

    /// Returns once the record is everywhere where the CA may look, or the solver's wait is over.
    ///
    /// - Throws: `.timedOut` with who does not have it and why; `.cancelled`.
    public func confirm(_ record: ChallengeRecord) async throws(DNSProviderError) {
        if let wait { return try await sleep(wait, record) }
        // Where the CA looks: aliases from there are followed by the check, whether the record was written behind them or not.
        let name = try ChallengeRecord.challengeName(of: record.domain)
        let deadline = time.now().addingTimeInterval(selfCheck.timeout.seconds)
        while true {
            let report = await look(name, record.value)
            if Task.isCancelled { throw DNSProviderError(.cancelled, DNS01Flow.subject(record)) }
            if report.isEverywhere { return }
            logger.debug("a record is not everywhere yet", metadata: ["record": "\(name)", "report": "\(report)"])
            guard time.now().addingTimeInterval(selfCheck.period.seconds) <= deadline else {
                throw DNSProviderError(.timedOut(selfCheck.timeout, "\(report)"), DNS01Flow.subject(record))
            }
            try await sleep(selfCheck.period, record)
        }
    }

    /// Removes the record.
    public func cleanUp(_ record: ChallengeRecord, by provider: any DNSProvider) async throws(DNSProviderError) {
        try await provider.cleanUp(record)
    }

    private func sleep(_ duration: Duration, _ record: ChallengeRecord) async throws(DNSProviderError) {
        do {
            try await time.sleep(for: duration)
        } catch {
            throw DNSProviderError(.cancelled, DNS01Flow.subject(record))
        }
    }

    private static func subject(_ record: ChallengeRecord) -> String { "dns-01 for \(record.domain), record \(record.name)" }
}
