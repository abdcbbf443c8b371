public import Issuance

/// The operations of an operator behind the admin API: what POST requests reach.
///
/// They are done by the process that leads. Another one answers 409, and names the leader where it knows it.
public struct AdminOperations: Sendable {
    private let issuance: IssuanceController
    private let leader: @Sendable () -> String?

    /// Operations of a controller.
    ///
    /// - Parameter leader: the identity of the process that leads, as far as it is known.
    public init(issuance: IssuanceController, leader: @escaping @Sendable () -> String?) {
        self.issuance = issuance
        self.leader = leader
    }

    /// The paths that there are.
    public static let paths = ["/api/v1/renew"]

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
        default:
            throw OperationFailure(
                .notFound, "path", "there is no such operation", got: request.path, allowed: Self.paths.joined(separator: ", "))
        }
    }
}
