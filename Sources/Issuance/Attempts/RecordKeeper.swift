internal import ACME
internal import Core
internal import DNSProviders
internal import FoundationEssentials
internal import KubernetesAPI
internal import Store

/// The record of one certificate while an attempt works on it: the one writer of its Secret.
///
/// Each write is bound to the version that was read or written last. So a leader that was replaced without knowing it cannot put an old
/// order over the one that the new leader works on.
actor RecordKeeper: OrderJournal {
    private let store: any Store
    private let time: any TimeSource
    private(set) var record: IssuanceRecord
    /// Of the Secret as it was last read or written; nil when there is none.
    private var version: String?
    /// What was written when the store did not say whether it took it.
    private var unsure: Secret?

    /// Reads the record as it is stored.
    ///
    /// - Throws: when the store cannot be read, or when somebody else's Secret is in the way.
    init(target: NamespacedName, store: any Store, time: any TimeSource) async throws(IssuanceError) {
        let name = IssuanceRecord.secretName(for: target)
        let stored: Secret?
        do { stored = try await store.secret(name) } catch { throw IssuanceError(.ours, "\(error)", cause: .storageFailed) }
        if let stored, SecretRole(of: stored) != .order {
            throw IssuanceError(
                .configuration, "Secret \(name) is needed for the pending order, but is not ours", cause: .nameTaken,
                advice: "delete or rename Secret \(name), which certctl needs for its own records")
        }
        self.store = store
        self.time = time
        version = stored?.metadata.resourceVersion
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

    /// Notes that a DNS record may be there from now on.
    func note(_ presented: PresentedRecord) async throws {
        guard !record.presented.contains(presented) else { return }
        var next = record
        next.presented.append(presented)
        try await write(next)
    }

    /// Notes that a DNS record is gone.
    func drop(_ presented: PresentedRecord) async throws {
        guard record.presented.contains(presented) else { return }
        var next = record
        next.presented.removeAll { $0 == presented }
        try await write(next)
    }

    /// Forgets the order: the certificate is where it belongs, or nobody wants it. What has to be removed from the DNS stays noted.
    ///
    /// - Parameter failure: what goes on in spite of that: names that were left out.
    func finish(keeping failure: FailureRecord? = nil) async throws {
        var next = record
        next.order = nil
        next.failure = failure
        try await write(next)
    }

    /// Removes the record.
    private func delete() async throws(StoreError) {
        guard let version else { return }
        do throws(StoreError) {
            try await store.deleteSecret(name, expecting: .version(version))
        } catch {
            guard case .conflict = error.code else { throw error }
            if let stored = try await store.secret(name) {
                guard isOurs(stored), let version = stored.metadata.resourceVersion else { throw error }
                try await store.deleteSecret(name, expecting: .version(version))
            }
        }
        self.version = nil
        unsure = nil
        record = IssuanceRecord(target: record.target, updated: time.now())
    }

    private func write(_ next: IssuanceRecord) async throws {
        var next = next
        next.updated = time.now()
        if next.isEmpty {
            try await delete()
            return
        }
        let secret = try next.secret()
        do throws(StoreError) {
            version = try await put(secret)
        } catch {
            // Whatever else went wrong, it may have been written all the same.
            if error.code != .conflict { unsure = secret }
            throw error
        }
        unsure = nil
        record = next
    }

    private func put(_ secret: Secret) async throws(StoreError) -> String {
        do throws(StoreError) {
            return try await store.put(secret, expecting: version.map { .version($0) } ?? .absent)
        } catch {
            guard case .conflict = error.code, let stored = try await store.secret(name), isOurs(stored),
                let version = stored.metadata.resourceVersion
            else { throw error }
            return try await store.put(secret, expecting: .version(version))
        }
    }

    /// Whether a Secret is what we wrote without having heard so.
    private func isOurs(_ stored: Secret) -> Bool { unsure.map { $0.data == stored.data } ?? false }

    private var name: NamespacedName { IssuanceRecord.secretName(for: record.target) }
}
