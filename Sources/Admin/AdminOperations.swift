public import Issuance

/// The operations of an operator behind the admin API: what POST requests reach.
///
/// They are done by the process that leads. Another one answers 409, and names the leader where it knows it.
public struct AdminOperations: Sendable {
    private let issuance: IssuanceController
    private let leader: @Sendable () -> String?
    private let rights: (any RightsReview)?

    /// Operations of a controller.
    ///
    /// - Parameters:
    ///   - leader: the identity of the process that leads, as far as it is known.
    ///   - rights: tells what this process may do; nil where nobody limits that.
    public init(issuance: IssuanceController, leader: @escaping @Sendable () -> String?, rights: (any RightsReview)? = nil) {
        self.rights = rights
        self.issuance = issuance
        self.leader = leader
    }

    /// The paths that there are.
    public static let paths = [
        "/api/v1/renew", "/api/v1/revoke", "/api/v1/account/show", "/api/v1/account/rollover", "/api/v1/account/deactivate",
        "/api/v1/check", "/api/v1/check/probe",
    ]

    /// Does what a POST request asks for.
    public func answer(_ request: AdminRequest) async -> AdminResponse {
        do throws(OperationFailure) {
            return try await perform(request)
        } catch {
            var failure = error
            if failure.code == .notLeader { failure.leader = leader() }
            return .failure(failure)
        }
    }

    private func perform(_ request: AdminRequest) async throws(OperationFailure) -> AdminResponse {
        switch request.path {
        case "/api/v1/renew":
            let asked = try AdminBody.decode(RenewalRequest.self, from: request.body, fields: ["secrets", "allDue"])
            return .json(try await issuance.perform(asked))
        case "/api/v1/revoke":
            let asked = try AdminBody.decode(RevocationRequest.self, from: request.body, fields: ["secret", "reason", "replace"])
            return .json(try await issuance.perform(asked))
        case "/api/v1/account/show":
            return .json(try await issuance.showAccounts(try account(request, fields: ["issuer", "names"])))
        case "/api/v1/account/rollover":
            return .json(try await issuance.rollOverAccount(try account(request, fields: ["issuer"])))
        case "/api/v1/account/deactivate":
            return .json(try await issuance.deactivateAccount(try account(request, fields: ["issuer", "confirmed"])))
        case "/api/v1/check":
            return .json(
                await withRights(try await issuance.check(try AdminBody.decode(CheckRequest.self, from: request.body, fields: ["ingress"])))
            )
        case "/api/v1/check/probe":
            return .json(try await issuance.beginProbe())
        default:
            throw OperationFailure(
                .notFound, "path", "there is no such operation", got: request.path, allowed: Self.paths.joined(separator: ", "))
        }
    }

    private func withRights(_ facts: CheckFacts) async -> CheckFacts {
        guard let rights, let namespace = facts.ingress.split(separator: "/").first.map(String.init) else { return facts }
        let status: CheckFinding.Status
        let message: String
        do {
            let missing = try await rights.missing(in: namespace)
            status = missing.isEmpty ? .good : .bad
            message =
                missing.isEmpty ? "this instance may write the Secrets that it needs" : "it may not " + missing.joined(separator: ", ")
        } catch {
            (status, message) = (.skipped, "nobody could say what this instance may do: \(error)")
        }
        var facts = facts
        for index in facts.hosts.indices where facts.hosts[index].wantsTLS {
            facts.hosts[index].findings.append(CheckFinding(facts.hosts[index].name, .rights, status, message))
        }
        return facts
    }

    private func account(_ request: AdminRequest, fields: [String]) throws(OperationFailure) -> AccountRequest {
        try AdminBody.decode(AccountRequest.self, from: request.body, fields: fields)
    }
}
