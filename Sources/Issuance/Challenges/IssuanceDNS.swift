public import Core
public import DNS
public import DNSProviders
public import FoundationEssentials
public import KubernetesAPI
internal import Logging

/// What issuance asks of the DNS: the real one in the product, another in tests.
public protocol IssuanceDNS: Sendable {
    /// The record that answers a dns-01 challenge.
    func record(
        of solver: ACMESolver, for domain: DNSName, token: String, keyAuthorization: String
    ) async throws -> ChallengeRecord
    /// Writes a record; the note of it is durable already.
    func present(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws
    /// Looks whether a solver's settings and Secrets would do; writes nothing.
    func checkSettings(_ solver: DNS01Solver, permission: SolverPermission, secrets: @escaping SecretEntries) async throws
    /// Returns once the CA will find a record.
    func confirm(_ note: PresentedRecord, of solver: ACMESolver) async throws
    /// Removes a record.
    func cleanUp(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws
    /// Whether CAA records let a CA issue. RFC 8659.
    func caa(_ request: CAA.Request) async -> CAA.Verdict
    /// Whether there is a standing proof of a name. draft-ietf-acme-dns-persist.
    func verdict(of rules: DNSPersist01, for domain: DNSName, at now: Date) async throws -> DNSPersist01.Verdict
    /// Where a name leads, for people; nothing when that cannot be found out.
    func addresses(of name: DNSName) async -> [String]
}

extension IssuanceDNS {
    /// Not found out.
    public func addresses(of name: DNSName) async -> [String] { [] }
}

/// Reads one entry of a Secret in the namespace that belongs to an issuer.
public typealias SecretEntries = @Sendable (SecretKeySelector) async throws -> [UInt8]

/// The real DNS.
public struct SystemDNS: IssuanceDNS {
    private let resolver: DNSResolver
    private let providers: DNSProviderContext
    private let selfCheck: DNS01Flow.SelfCheck

    /// Makes it.
    ///
    /// - Parameter selfCheck: how dns-01 records are looked for before the CA is told.
    public init(resolver: DNSResolver, providers: DNSProviderContext, selfCheck: DNS01Flow.SelfCheck = DNS01Flow.SelfCheck()) {
        self.resolver = resolver
        self.providers = providers
        self.selfCheck = selfCheck
    }

    /// Asks for A and AAAA records.
    public func addresses(of name: DNSName) async -> [String] {
        guard let name = try? DomainName(name.ascii) else { return [] }
        return (try? await resolver.addresses(name)) ?? []
    }

    private func flow(_ solver: DNS01Solver, wait: Duration? = nil) throws(DNSProviderError) -> DNS01Flow {
        try DNS01Flow(
            solver: solver, waitInsteadOfSelfCheck: wait, resolver: resolver, selfCheck: selfCheck, time: providers.time,
            logger: providers.logger)
    }

    /// The record of a solver, where its CNAME strategy leads.
    public func record(
        of solver: ACMESolver, for domain: DNSName, token: String, keyAuthorization: String
    ) async throws -> ChallengeRecord {
        guard case .dns01(let settings) = solver.challenge else {
            throw DNSProviderError(.configuration("the solver is not dns01"), "dns-01 for \(domain)")
        }
        return try await flow(settings).record(for: domain, token: token, keyAuthorization: keyAuthorization)
    }

    /// Writes through the solver's provider, with credentials read now.
    public func present(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        let provider = try await DNSProviders.make(note.solver, context: providers, permission: permission, secret: secrets)
        try await flow(note.solver).present(note.record, by: provider)
    }

    /// Makes the provider and drops it.
    public func checkSettings(_ solver: DNS01Solver, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        _ = try await DNSProviders.make(solver, context: providers, permission: permission, secret: secrets)
    }

    /// Asks the name servers, or waits as long as the solver says.
    public func confirm(_ note: PresentedRecord, of solver: ACMESolver) async throws {
        try await flow(note.solver, wait: solver.waitInsteadOfSelfCheck).confirm(note.record)
    }

    /// Removes through the solver's provider.
    public func cleanUp(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        let provider = try await DNSProviders.make(note.solver, context: providers, permission: permission, secret: secrets)
        try await flow(note.solver).cleanUp(note.record, by: provider)
    }

    /// Climbs from the name to the top.
    public func caa(_ request: CAA.Request) async -> CAA.Verdict { await CAA.check(request, with: resolver) }

    /// Judges the records at the name.
    public func verdict(of rules: DNSPersist01, for domain: DNSName, at now: Date) async throws -> DNSPersist01.Verdict {
        try await rules.verify(domain, with: resolver, at: now)
    }
}
