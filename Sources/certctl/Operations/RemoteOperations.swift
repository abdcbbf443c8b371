internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// A server that is asked by the requests of the admin API, whichever way they go.
protocol RemoteOperations: Operations {
    /// Sends a request.
    ///
    /// - Returns: the body of an answer with status 200.
    /// - Throws: `OperationFailure` when the server refuses, or why it cannot be asked.
    func ask(_ request: AdminRequest) async throws -> [UInt8]
}

extension RemoteOperations {
    var endsWithThisProcess: Bool { false }

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
            return try RemoteAnswer.decode(
                try await ask(
                    AdminRequest(method: .get, path: "/api/v1/status", query: "secret=\(secret.namespace)/\(secret.name)")))
        } catch let failure as OperationFailure where failure.code == .notFound {
            return nil
        }
    }

    private func post<Answer: Decodable>(_ request: some Encodable, to path: String) async throws -> Answer {
        let body = Array(try AdminJSON.encoder().encode(request))
        return try RemoteAnswer.decode(try await ask(AdminRequest(method: .post, path: path, body: body)))
    }
}

/// What a server answered.
enum RemoteAnswer {
    /// Reads the body of a good answer.
    static func decode<Answer: Decodable>(_ body: [UInt8]) throws -> Answer {
        do { return try AdminJSON.decoder().decode(Answer.self, from: Data(body)) } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
    }

    /// The body of a good answer, or why it is none.
    ///
    /// - Parameter server: for messages.
    static func body(_ status: Int, _ body: [UInt8], of server: String) throws -> [UInt8] {
        if status == 200 { return body }
        if let failure = try? AdminJSON.decoder().decode(AdminResponse.FailureBody.self, from: Data(body)).error { throw failure }
        throw CommandFailure("\(server) answered \(status): \(String(decoding: body.prefix(500), as: UTF8.self))")
    }
}
