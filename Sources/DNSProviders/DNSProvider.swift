/// Who writes the records of dns-01.
///
/// Both calls change one value of a TXT record set and leave its others alone: an apex and its wildcard are proven at the same name. Both
/// may be repeated.
public protocol DNSProvider: Sendable {
    /// Adds the value. Succeeds when it is there already.
    ///
    /// - Throws: ``DNSProviderError``; the value may be there nonetheless and must be cleaned up.
    func present(_ record: ChallengeRecord) async throws(DNSProviderError)

    /// Removes the value. Succeeds when it, the record set or the zone is gone.
    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError)
}
