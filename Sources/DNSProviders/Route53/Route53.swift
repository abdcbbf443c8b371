internal import Core
internal import DNS
internal import HTTPClient
internal import KubernetesAPI
internal import Logging

/// Records by Amazon Route 53, API version 2013-04-01.
///
/// A record set is read, changed and written back as a whole. Each change deletes exactly what was read and creates what is to be there, in
/// one batch, which Route 53 does entirely or not at all: whatever somebody else changed in between makes it fail, and it is read again.
struct Route53: DNSProvider {
    private let client: Route53Client
    private let hostedZoneID: String?

    /// - Throws: `.configuration` when the settings cannot work, or a Secret is not usable; what the token service answers.
    init(
        _ settings: Route53Provider, _ context: DNSProviderContext, _ secrets: SecretReader, _ permission: SolverPermission
    ) async throws(DNSProviderError) {
        let region = settings.region ?? (settings.accessKey == nil ? context.amazon.region : nil)
        // It becomes a part of a host name.
        if let region, !ProviderAPI.isIdentifier(region) {
            throw secrets.misconfigured("region \(ProviderAPI.quoted(region)): not the name of a region")
        }
        if let zone = settings.hostedZoneID.map(Route53.bareID), !ProviderAPI.isIdentifier(zone) {
            throw secrets.misconfigured("hostedZoneID: not an identifier")
        }
        hostedZoneID = settings.hostedZoneID.map(Route53.bareID)
        let credentials = try await AmazonCredentialSource(
            settings: settings, context: context, secrets: secrets, permission: permission, region: region
        ).credentials()
        client = Route53Client(credentials, region: region, context, provider: secrets.provider)
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let zone = try await zone(of: record)
        guard let change = try await edit(record, in: zone, { (sets) throws(RecordSets.Refusal) in try sets.adding(record.value) }) else {
            return
        }
        try await client.waitUntilInSync(change, record)
    }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) {
        do {
            let zone = try await zone(of: record)
            _ = try await edit(record, in: zone, { (sets) throws(RecordSets.Refusal) in try sets.removing(record.value) })
        } catch {
            if case .zoneNotFound = error.code { return }
            throw error
        }
    }

    private func zone(of record: ChallengeRecord) async throws(DNSProviderError) -> String {
        if let hostedZoneID { return hostedZoneID }
        for candidate in ProviderAPI.zoneCandidates(record.name.text) {
            if let id = try await client.publicZone(named: candidate) { return id }
        }
        throw DNSProviderError(
            .zoneNotFound("no public hosted zone for \(record.name) that the access key shows"), client.api.subject("record \(record.name)")
        )
    }

    /// Reads the record set, changes it and writes it back, again when somebody else changed it in between.
    ///
    /// - Returns: the change's identifier; nil when nothing had to be changed.
    private func edit(
        _ record: ChallengeRecord, in zone: String, _ edit: (RecordSets) throws(RecordSets.Refusal) -> [RecordSets.Change]
    ) async throws(DNSProviderError) -> String? {
        try await client.api.context.locks.serialised("route53 \(zone) \(record.name)") { () async throws(DNSProviderError) in
            var conflicts = 0
            var refused: (sets: RecordSets, words: String)?
            while true {
                let sets = RecordSets(name: record.name.text, sets: try await client.sets(record, in: zone))
                if let refused, refused.sets == sets {
                    // Nobody else was at work: the change itself is what Route 53 does not take.
                    throw DNSProviderError(.answer(refused.words), client.api.subject("record \(record.name)"))
                }
                let changes: [RecordSets.Change]
                do throws(RecordSets.Refusal) {
                    changes = try edit(sets)
                } catch {
                    throw DNSProviderError(.answer(error.words), client.api.subject("record \(record.name)"))
                }
                guard !changes.isEmpty else { return nil }
                switch try await client.change(changes, record, in: zone) {
                case .accepted(let id): return id
                case .conflict(let words):
                    conflicts += 1
                    refused = (sets, words)
                    guard conflicts < DNSProvidersLimits.conflictsMax else {
                        throw DNSProviderError(
                            .unavailable("the record set kept changing: \(words)", retryAfter: nil),
                            client.api.subject("record \(record.name)"))
                    }
                }
            }
        }
    }

    /// `/hostedzone/Z1` and `Z1` are the same.
    static func bareID(_ id: String) -> String { String(id.split(separator: "/").last ?? "") }
}
