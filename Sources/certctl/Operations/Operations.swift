internal import Core
internal import Issuance

/// Who does what an operator asks for: a running server, or the same code in this process when none runs.
protocol Operations: Sendable {
    /// Whether what it begins ends with this process.
    var endsWithThisProcess: Bool { get }
    /// Begins renewals.
    func renew(_ request: RenewalRequest) async throws -> RenewalAnswer
    /// What is known about one certificate; nil when nobody wants it.
    func fact(of secret: NamespacedName) async throws -> CertificateFact?
    /// Lets go of what it holds.
    func close() async
}
