/// Keeps the record of one order. The owner knows which certificate it is for, reads it before a run and deletes it after the
/// certificate is stored.
public protocol OrderJournal: Sendable {
    /// Makes a record durable, in place of the last one. When this returns, a crash no longer loses it; when it throws, the last
    /// record is still there, whole.
    func save(_ record: OrderRecord) async throws
}
