public import KubernetesAPI

/// A record that may be there and has to be removed: kept durably before it is written, dropped once its removal succeeded.
///
/// It has all that the removal needs except the credentials, which are read from the Secrets again, so that it can be done after a restart
/// and after the issuer was changed or deleted.
public struct PresentedRecord: Hashable, Sendable, Codable {
    /// How it is written and removed.
    public let solver: DNS01Solver
    /// Where the solver's Secrets are.
    public let secretNamespace: String
    /// The record.
    public let record: ChallengeRecord

    /// Makes a note from its parts.
    public init(solver: DNS01Solver, secretNamespace: String, record: ChallengeRecord) {
        self.solver = solver
        self.secretNamespace = secretNamespace
        self.record = record
    }
}
