public import Issuance

extension AdminResponse {
    /// What a failure looks like on the wire.
    public struct FailureBody: Codable, Sendable {
        /// The failure.
        public let error: OperationFailure
    }

    /// A failure as JSON, with the status that suits it.
    ///
    /// - Parameter status: another one than that.
    public static func failure(_ failure: OperationFailure, status: Int? = nil) -> AdminResponse {
        json(FailureBody(error: failure), status: status ?? Self.status(of: failure.code))
    }

    private static func status(of code: OperationFailure.Code) -> Int {
        switch code {
        case .badRequest: 400
        case .unauthorized: 403
        case .notFound: 404
        case .refused: 422
        case .notLeader: 409
        case .certificateAuthority: 502
        case .storage: 503
        }
    }
}
