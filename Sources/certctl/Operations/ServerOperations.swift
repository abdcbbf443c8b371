internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// A running server, asked over its admin API.
struct ServerOperations: Operations {
    let server: String?
    let folders: FolderOptions
    let token: AdminToken?

    var endsWithThisProcess: Bool { false }

    /// Whether one answers.
    ///
    /// - Throws: ``CommandFailure`` when one was named that does not, or when none was named and there is no folder to work in instead.
    func isRunning() async throws -> Bool {
        try await AdminAddress.get("/healthz", server: server, folders: folders) != nil
    }

    func renew(_ request: RenewalRequest) async throws -> RenewalAnswer { try await post(request, to: "/api/v1/renew") }

    func revoke(_ request: RevocationRequest) async throws -> RevocationAnswer { try await post(request, to: "/api/v1/revoke") }

    func showAccounts(_ request: AccountRequest) async throws -> AccountList { try await post(request, to: "/api/v1/account/show") }

    func rollOverAccount(_ request: AccountRequest) async throws -> AccountReport {
        try await post(request, to: "/api/v1/account/rollover")
    }

    func deactivateAccount(_ request: AccountRequest) async throws -> AccountReport {
        try await post(request, to: "/api/v1/account/deactivate")
    }

    func check(_ request: CheckRequest) async throws -> CheckFacts { try await post(request, to: "/api/v1/check") }

    func probe() async throws -> CheckProbe? { try await post([String: String](), to: "/api/v1/check/probe") as CheckProbe }

    func fact(of secret: NamespacedName) async throws -> CertificateFact? {
        do {
            let path = "/api/v1/status?secret=\(secret.namespace)/\(secret.name)"
            guard let body = try await AdminAddress.get(path, server: server, folders: folders) else { throw ServerOperations.gone }
            return try AdminJSON.decoder().decode(CertificateFact.self, from: Data(body))
        } catch let failure as OperationFailure where failure.code == .notFound {
            return nil
        }
    }

    func close() async {}

    private func post<Answer: Decodable>(_ request: some Encodable, to path: String) async throws -> Answer {
        guard let body = try await AdminAddress.post(request, to: path, server: server, folders: folders, token: token) else {
            throw ServerOperations.gone
        }
        do { return try AdminJSON.decoder().decode(Answer.self, from: Data(body)) } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
    }

    private static let gone = CommandFailure("the server went away")
}
