internal import ACME

extension Directory {
    /// The names by which the CA is known in records for dns-persist-01. Before draft 02 a directory has no list of its own; without either,
    /// they are known only once there is an order, and this is empty.
    var standingProofNames: [String] { meta?.issuerDomainNames ?? meta?.caaIdentities?.map { $0.lowercased() } ?? [] }
}
