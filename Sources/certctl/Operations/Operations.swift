internal import Core
internal import Issuance

/// Who does what an operator asks for: a running server, or the same code in this process when none runs.
protocol Operations: Sendable {
    /// Whether what it begins ends with this process.
    var endsWithThisProcess: Bool { get }
    /// How long to wait from one ``fact(of:)`` to the next.
    var lookPeriod: Duration { get }
    /// Begins renewals.
    func renew(_ request: RenewalRequest) async throws -> RenewalAnswer
    /// Revokes a certificate, and begins to replace it.
    func revoke(_ request: RevocationRequest) async throws -> RevocationAnswer
    /// Shows accounts.
    func showAccounts(_ request: AccountRequest) async throws -> AccountList
    /// Replaces an account's key.
    func rollOverAccount(_ request: AccountRequest) async throws -> AccountReport
    /// Ends an account.
    func deactivateAccount(_ request: AccountRequest) async throws -> AccountReport
    /// What is known about an Ingress.
    func check(_ request: CheckRequest) async throws -> CheckFacts
    /// A challenge that whoever reaches the instance finds; nil when nobody serves.
    func probe() async throws -> CheckProbe?
    /// What is known about one certificate; nil when nobody wants it.
    func fact(of secret: NamespacedName) async throws -> CertificateFact?
    /// Lets go of what it holds.
    func close() async
}
