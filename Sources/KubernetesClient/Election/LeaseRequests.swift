internal import Core

/// What an election asks of the API server.
protocol LeaseRequests: Sendable {
    /// The Lease; nil if there is none.
    func read() async throws(APIError) -> StoredLease?
    /// Makes the Lease; `alreadyExists` when there is one.
    func create(_ record: LeaseRecord) async throws(APIError) -> StoredLease
    /// Replaces the record of a Lease as it was read or written; `conflict` when it has changed since, `notFound` when it is gone.
    func update(_ record: LeaseRecord, over lease: StoredLease) async throws(APIError) -> StoredLease
}

/// One Lease at a real API server. Nothing is repeated: the election does that, in its own time.
struct LeaseClient: LeaseRequests {
    let client: APIClient
    let name: NamespacedName
    let timeout: Duration

    func read() async throws(APIError) -> StoredLease? {
        do {
            return try await send(.get(.leases, namespace: name.namespace, name: name.name))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    func create(_ record: LeaseRecord) async throws(APIError) -> StoredLease {
        try await send(
            .create(.leases, namespace: name.namespace, name: name.name, body: LeaseDocument.create(record, name: name)))
    }

    func update(_ record: LeaseRecord, over lease: StoredLease) async throws(APIError) -> StoredLease {
        let body = lease.document.update(record, version: lease.resourceVersion)
        return try await send(.update(.leases, namespace: name.namespace, name: name.name, body: body))
    }

    private func send(_ request: APIRequest) async throws(APIError) -> StoredLease {
        var request = request
        // A renewal must not wait behind a storm of writes, and one that waits for longer is of no use.
        request.isUnlimited = true
        request.attemptsMax = 1
        request.timeout = timeout
        request.responseBytesMax = Self.responseBytesMax
        let response = try await client.send(request)
        return try LeaseDocument.read(response.body, subject: request.subject)
    }

    /// Bytes of a Lease. Beyond: the request failed. Ours has under 1 KiB; the rest is room for labels and managed fields.
    private static let responseBytesMax = 256 * 1024
}
