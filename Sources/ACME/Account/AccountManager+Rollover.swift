internal import Core
internal import PKI

/// The account key's replacement. At every moment at least one stored key is the one in force at the CA.
extension AccountManager {
    /// Makes the new key durable, tells the CA, and makes it the only one.
    func replaceKey(of account: ACMEAccount, _ algorithm: KeyAlgorithm) async throws(ACMEError) -> ACMEAccount {
        guard var record = try await load() else {
            throw ACMEError(.accountKeyMissing, fault: .configuration, subject: subject, reason: "the account key is no longer stored")
        }
        let oldKeyPEM = record.privateKeyPEM
        let newKey: PrivateKey
        if let begun = record.nextPrivateKeyPEM {
            newKey = try read(begun)
        } else {
            newKey = try makeKey(algorithm)
            record.nextPrivateKeyPEM = newKey.pem()
            try await keepKeys(record, of: oldKeyPEM)
        }
        do throws(ACMEError) {
            let renewed = try await client.keyChange(account, to: newKey)
            try await promote(record, newKey)
            return renewed
        } catch {
            guard error.code != .storage, error.code != .cancelled else { throw error }
            // The CA may have taken it all the same, now or by a request of an earlier run; if it cannot be asked, the next run asks.
            let settled = try await resolved(record)
            guard settled.nextPrivateKeyPEM != nil else { return ACMEAccount(url: account.url, key: newKey) }
            if isCertain(error) {
                // The CA said no: the new key is of no use to anybody.
                record.nextPrivateKeyPEM = nil
                try await keepKeys(record, of: oldKeyPEM)
            }
            throw error
        }
    }

    /// Finds out which of two stored keys is in force. The new one stays stored where it is not: a request that is still on its way
    /// may put it into force later.
    func resolved(_ record: AccountRecord) async throws(ACMEError) -> AccountRecord {
        guard let next = record.nextPrivateKeyPEM else { return record }
        let newKey = try read(next)
        guard let account = try await client.existingAccount(of: newKey) else { return record }
        // An account of its own would be another account, which nothing here could have made.
        if record.directoryURL == client.directoryURL, let url = record.accountURL, url != account.url { return record }
        return try await promote(record, newKey)
    }

    func makeKey(_ algorithm: KeyAlgorithm) throws(ACMEError) -> PrivateKey {
        do { return try PrivateKey.generate(algorithm) } catch {
            throw ACMEError(.ours, fault: .ours, subject: subject, reason: "no \(algorithm) key can be made: \(error)")
        }
    }

    /// The new key becomes the only one.
    @discardableResult
    private func promote(_ record: AccountRecord, _ newKey: PrivateKey) async throws(ACMEError) -> AccountRecord {
        var promoted = record
        promoted.privateKeyPEM = newKey.pem()
        promoted.nextPrivateKeyPEM = nil
        try await keepKeys(promoted, of: record.privateKeyPEM)
        return promoted
    }

    private func keepKeys(_ record: AccountRecord, of oldKeyPEM: SecretBytes) async throws(ACMEError) {
        do { try await store.replaceKeys(record, of: oldKeyPEM) } catch { throw storage("the account keys cannot be written", error) }
    }

    /// Whether the CA certainly did not take the key.
    private func isCertain(_ error: ACMEError) -> Bool {
        switch error.code {
        case .refused, .notOffered, .userActionRequired, .invalidRequest, .rateLimited: true
        default: false
        }
    }
}
