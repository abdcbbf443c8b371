/// Keeps the record of one order. The owner knows which certificate it is for, reads it before a run and deletes it after the
/// certificate is stored.
public protocol OrderJournal: Sendable {
    /// Makes a record durable, in place of the last one. When this returns, a crash no longer loses it; when it throws, the last
    /// record is still there, whole.
    func save(_ record: OrderRecord) async throws

    /// Asks for leave to send an order, right before it is sent. When it throws, nothing is sent, and the run ends with the error.
    ///
    /// - Parameter replaces: the ARI identifier that the order will carry (RFC 9773 §5).
    func willOrder(_ request: OrderRequest, replaces: String?) async throws

    /// Tells that the CA could not verify that we control a name.
    func validationFailed(of identifier: ACMEIdentifier) async
}

extension OrderJournal {
    /// Leave.
    public func willOrder(_ request: OrderRequest, replaces: String?) async throws {}

    /// Nobody wants to know.
    public func validationFailed(of identifier: ACMEIdentifier) async {}
}
