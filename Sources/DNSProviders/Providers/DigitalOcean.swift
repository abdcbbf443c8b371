internal import Core
internal import DNS
internal import HTTPClient
internal import KubernetesAPI
internal import Manifests

/// Records by DigitalOcean's API v2.
struct DigitalOcean: DNSProvider {
    private let api: ProviderAPI
    private let endpoint: String
    private let token: SecretText

    /// - Throws: `.configuration` when the Secret is not usable.
    init(_ settings: DigitalOceanProvider, _ context: DNSProviderContext, _ secrets: SecretReader) async throws(DNSProviderError) {
        token = try await secrets.token("tokenSecretRef", settings.tokenSecretRef)
        api = ProviderAPI(name: secrets.provider, context: context, secrets: [token])
        endpoint = context.endpoints.digitalOcean
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let zone = try await api.attempts { () async throws(DNSProviderError) in try await self.zone(of: record) }
        // Looked for before every attempt: a second record with the same value would be made otherwise.
        try await api.attempts { () async throws(DNSProviderError) in
            if try await find(record, in: zone).isEmpty { try await create(record, in: zone) }
        }
    }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let found = try await api.zoneIfAny { () async throws(DNSProviderError) in try await self.zone(of: record) }
        guard let zone = found else { return }
        try await api.attempts { () async throws(DNSProviderError) in
            for id in try await find(record, in: zone) {
                _ = try await call("DELETE", "/v2/domains/\(ProviderAPI.encoded(zone))/records/\(id)", "record \(record.name)")
            }
        }
    }

    /// The domain with the longest name that the record's name lies in.
    private func zone(of record: ChallengeRecord) async throws(DNSProviderError) -> String {
        for candidate in ProviderAPI.zoneCandidates(record.name.text) {
            let subject = "domain \(candidate)"
            let answer = try await call("GET", "/v2/domains/\(ProviderAPI.encoded(candidate))", subject)
            if answer.isMissing { continue }
            let name = try api.object(answer.body, subject)["domain"]?.text("name")
            guard name == candidate else { throw api.malformed(subject, "is not about that domain") }
            return candidate
        }
        throw DNSProviderError(
            .zoneNotFound("no domain for \(record.name) that the token shows"), api.subject("record \(record.name)"))
    }

    /// The identifiers of the records with exactly this value.
    private func find(_ record: ChallengeRecord, in zone: String) async throws(DNSProviderError) -> [Int] {
        let subject = "records of \(record.name)"
        let relative = record.name.text == zone ? "@" : String(record.name.text.dropLast(zone.utf8.count + 1))
        var seen: Set<Int> = []
        var found: [Int] = []
        for page in 1...DNSProvidersLimits.pagesMax {
            let query = "type=TXT&name=\(ProviderAPI.encoded(record.name.text))&per_page=200&page=\(page)"
            let answer = try await call("GET", "/v2/domains/\(ProviderAPI.encoded(zone))/records?\(query)", subject)
            // The domain was there a moment ago; without it there is no record either.
            if answer.isMissing { return [] }
            let node = try api.object(answer.body, subject)
            guard let records = node["domain_records"], records.kind == .sequence else {
                throw api.malformed(subject, "has no list of records")
            }
            var isNew = false
            for element in records.elements {
                guard let id = element.integer("id"), id > 0 else { throw api.malformed(subject, "has a record without a usable id") }
                isNew = seen.insert(id).inserted || isNew
                guard element.text("type") == "TXT", let name = element.text("name")?.lowercased(), let data = element.text("data") else {
                    continue
                }
                if name == relative || name == record.name.text, ProviderAPI.unquoted(data) == record.value { found.append(id) }
            }
            // Only whether there is a next page is believed: its URL would get our token, wherever it leads.
            guard node["links"]?["pages"]?.text("next") != nil else { return found }
            guard isNew else { throw api.malformed(subject, "goes round in its pages") }
        }
        throw api.malformed(subject, "has more than \(DNSProvidersLimits.pagesMax) pages")
    }

    private func create(_ record: ChallengeRecord, in zone: String) async throws(DNSProviderError) {
        let body = ManifestWriter.json(
            .mapping([
                .init("type", .string("TXT")), .init("name", .string("\(record.name).")), .init("data", .string(record.value)),
                .init("ttl", .int(DNSProvidersLimits.ttlSeconds)),
            ]))
        let answer = try await call("POST", "/v2/domains/\(ProviderAPI.encoded(zone))/records", "record \(record.name)", body: body)
        if answer.isMissing { throw api.malformed("record \(record.name)", "does not know the domain \(zone) any more") }
    }

    private func call(
        _ method: String, _ path: String, _ subject: String, body: [UInt8]? = nil
    ) async throws(DNSProviderError) -> ProviderAPI.Answer {
        var request = HTTPRequest(method: method, url: endpoint + path, headers: ["Accept": "application/json"])
        request.headers.append("Authorization", "Bearer \(token.text)")
        if let body {
            request.headers.append("Content-Type", "application/json")
            request.body = .bytes(body)
        }
        return try await api.send(request, subject) { body in
            guard let node = ManifestReader.object(json: body), let message = node.text("message") else { return nil }
            return node.text("id").map { "\(message) (\($0))" } ?? message
        }
    }
}
