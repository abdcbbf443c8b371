public import ACME
public import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// What an operation on an issuer's account works with: only in the process that leads, and only as long as it leads.
public struct ACMEAccess: Sendable {
    /// The issuer.
    public let issuer: NamespacedName
    /// The CA.
    public let client: ACMEClient
    /// The issuer's account there.
    public let accounts: AccountManager
    /// Refuses writes when the time in office is over.
    public let store: any Store
}

extension IssuanceController {
    /// Runs an operation with the account of an ACME issuer: finds or registers the account first.
    ///
    /// - Parameter issuer: The object; a ClusterIssuer has an empty namespace.
    /// - Parameter changesAccount: Whether later orders have to look at the account anew: after a rollover, a deactivation.
    /// - Throws: ``RenewalRefusal`` when this process does not lead, when there is no such issuer, or when its account cannot be had;
    ///   else what the operation throws.
    public func withAccess<Value: Sendable>(
        to issuer: NamespacedName, changesAccount: Bool = false, _ operation: @Sendable (ACMEAccess) async throws -> Value
    ) async throws -> Value {
        guard isActive else {
            throw RenewalRefusal("this process does not lead, so it asks no CA for anything; ask the one that does")
        }
        let context = context
        let kind = issuer.namespace.isEmpty ? "ClusterIssuer" : "Issuer"
        guard case .acme(let spec)? = plan.objects.issuers[issuer]?.spec else {
            throw RenewalRefusal("there is no ACME \(kind) \(issuer)")
        }
        let session: ACMESessions.Session
        do throws(IssuanceError) { session = try await context.sessions.session(of: issuer, spec) } catch {
            throw RenewalRefusal("\(kind) \(issuer): \(error.message)")
        }
        let access = ACMEAccess(issuer: issuer, client: session.client, accounts: session.accounts, store: context.store)
        do {
            let value = try await operation(access)
            if changesAccount { await context.sessions.forget(issuer) }
            return value
        } catch {
            // What was reached before it failed is not known here.
            if changesAccount { await context.sessions.forget(issuer) }
            throw error
        }
    }
}
