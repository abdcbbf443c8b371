internal import ACME
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Store

/// The record of one certificate while an attempt works on it: the one writer of its Secret.
actor RecordKeeper: OrderJournal {
    private let store: any Store
    private let time: any TimeSource
    private(set) var record: IssuanceRecord
    private var isStored: Bool

    /// Reads the record as it is stored.
    ///
    /// - Throws: when the store cannot be read, or when somebody else's Secret is in the way.
    init(target: NamespacedName, store: any Store, time: any TimeSource) async throws(IssuanceError) {
        let name = IssuanceRecord.secretName(for: target)
        let stored: Secret?
        do { stored = try await store.secret(name) } catch { throw IssuanceError(.ours, "\(error)") }
        if let stored, SecretRole(of: stored) != .order {
            throw IssuanceError(.configuration, "Secret \(name) is needed for the pending order, but is not ours")
        }
        self.store = store
        self.time = time
        isStored = stored != nil
        record = stored.flatMap { IssuanceRecord($0) } ?? IssuanceRecord(target: target, updated: time.now())
    }

    /// Makes the pending order durable. ``OrderDriver`` calls it before each step that depends on it.
    func save(_ order: OrderRecord) async throws {
        var next = record
        next.order = order
        try await write(next)
    }

    /// Makes the row of failures durable.
    func save(_ failure: FailureRecord) async throws {
        var next = record
        next.failure = failure
        try await write(next)
    }

    /// Forgets the order, because another one is wanted now.
    func dropOrder() async throws {
        guard record.order != nil else { return }
        var next = record
        next.order = nil
        try await write(next)
    }

    /// Removes the record: the certificate is where it belongs.
    func delete() async throws(StoreError) {
        guard isStored else { return }
        try await store.deleteSecret(IssuanceRecord.secretName(for: record.target), expecting: .any)
        isStored = false
        record = IssuanceRecord(target: record.target, updated: time.now())
    }

    private func write(_ next: IssuanceRecord) async throws {
        var next = next
        next.updated = time.now()
        if next.isEmpty {
            try await delete()
            return
        }
        try await store.put(try next.secret(), expecting: .any)
        isStored = true
        record = next
    }
}
