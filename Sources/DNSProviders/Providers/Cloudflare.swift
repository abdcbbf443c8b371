internal import Core
internal import DNS
internal import HTTPClient
internal import KubernetesAPI
internal import Manifests

/// Records by Cloudflare's API v4.
struct Cloudflare: DNSProvider {
    private let api: ProviderAPI
    private let endpoint: String
    private let credentials: [(name: String, value: SecretText)]

    /// - Throws: `.configuration` when a Secret is not usable.
    init(_ settings: CloudflareProvider, _ context: DNSProviderContext, _ secrets: SecretReader) async throws(DNSProviderError) {
        switch settings.credential {
        case .token(let reference):
            let token = try await secrets.token("apiTokenSecretRef", reference)
            credentials = [("Authorization", SecretText("Bearer \(token.text)"))]
            api = ProviderAPI(name: secrets.provider, context: context, secrets: [token])
        case .key(let email, let reference):
            let key = try await secrets.token("apiKeySecretRef", reference)
            credentials = [("X-Auth-Email", SecretText(email)), ("X-Auth-Key", key)]
            api = ProviderAPI(name: secrets.provider, context: context, secrets: [key])
        }
        endpoint = context.endpoints.cloudflare
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let zone = try await api.attempts { () async throws(DNSProviderError) in try await self.zone(of: record) }
        // Looked for before every attempt: the one before may have succeeded without telling us.
        try await api.attempts { () async throws(DNSProviderError) in
            if try await find(record, in: zone) != nil { return }
            try await create(record, in: zone)
        }
    }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let found = try await api.zoneIfAny { () async throws(DNSProviderError) in try await self.zone(of: record) }
        guard let zone = found else { return }
        try await api.attempts { () async throws(DNSProviderError) in
            guard let id = try await find(record, in: zone) else { return }
            try await delete(id, record, in: zone)
        }
    }

    private struct Zone: Sendable {
        let id: String
        let name: String
    }

    /// The active zone with the longest name that the record's name lies in.
    private func zone(of record: ChallengeRecord) async throws(DNSProviderError) -> Zone {
        for candidate in ProviderAPI.zoneCandidates(record.name.text) {
            let subject = "zone \(candidate)"
            let answer = try await call("GET", "/zones?name=\(ProviderAPI.encoded(candidate))&per_page=50", subject)
            if answer.isMissing { throw api.malformed(subject, "is 404") }
            // The same name may be in several accounts, but only one of them is active.
            for zone in try list(answer.node, subject) where zone.text("name") == candidate && zone.text("status") ?? "active" == "active" {
                return Zone(id: try identifier(zone, subject), name: candidate)
            }
        }
        throw DNSProviderError(
            .zoneNotFound("no active zone for \(record.name) that the credentials show"), api.subject("record \(record.name)"))
    }

    /// The identifier of the record with exactly this value.
    private func find(_ record: ChallengeRecord, in zone: Zone) async throws(DNSProviderError) -> String? {
        let subject = "records of \(record.name)"
        var seen: Set<String> = []
        for page in 1...DNSProvidersLimits.pagesMax {
            let query = "type=TXT&name=\(ProviderAPI.encoded(record.name.text))&per_page=100&page=\(page)"
            let answer = try await call("GET", "/zones/\(zone.id)/dns_records?\(query)", subject)
            if answer.isMissing { return nil }
            var isNew = false
            for found in try list(answer.node, subject) {
                let id = try identifier(found, subject)
                isNew = seen.insert(id).inserted || isNew
                guard found.text("name")?.lowercased() == record.name.text, let content = found.text("content") else { continue }
                if ProviderAPI.unquoted(content) == record.value { return id }
            }
            guard page < (answer.node["result_info"]?.integer("total_pages") ?? 1) else { return nil }
            guard isNew else { throw api.malformed(subject, "goes round in its pages") }
        }
        throw api.malformed(subject, "has more than \(DNSProvidersLimits.pagesMax) pages")
    }

    private func create(_ record: ChallengeRecord, in zone: Zone) async throws(DNSProviderError) {
        let body = ManifestWriter.json(
            .mapping([
                .init("type", .string("TXT")), .init("name", .string(record.name.text)), .init("content", .string("\"\(record.value)\"")),
                .init("ttl", .int(DNSProvidersLimits.ttlSeconds)),
            ]))
        // 81057, 81058: the very record exists; somebody made it since we looked.
        let answer = try await call(
            "POST", "/zones/\(zone.id)/dns_records", "record \(record.name)", body: body, tolerating: [81_057, 81_058])
        if answer.isMissing { throw api.malformed("record \(record.name)", "does not know the zone \(zone.name) any more") }
    }

    private func delete(_ id: String, _ record: ChallengeRecord, in zone: Zone) async throws(DNSProviderError) {
        // 81044: the record does not exist.
        _ = try await call("DELETE", "/zones/\(zone.id)/dns_records/\(id)", "record \(record.name)", tolerating: [81_044])
    }

    private struct Called {
        let node: Node
        let isMissing: Bool
    }

    /// One call; its envelope says `success`, or the errors.
    private func call(
        _ method: String, _ path: String, _ subject: String, body: [UInt8]? = nil, tolerating tolerated: [Int] = []
    ) async throws(DNSProviderError) -> Called {
        var request = HTTPRequest(method: method, url: endpoint + path, headers: ["Accept": "application/json"])
        for credential in credentials { request.headers.append(credential.name, credential.value.text) }
        if let body {
            request.headers.append("Content-Type", "application/json")
            request.body = .bytes(body)
        }
        let response = try await api.exchange(request, subject)
        let node = ManifestReader.object(json: response.body)
        if let node, Cloudflare.errorCodes(node).contains(where: tolerated.contains) { return Called(node: node, isMissing: false) }
        if response.status == 404, let node { return Called(node: node, isMissing: true) }
        guard (200...299).contains(response.status) else { throw api.error(subject, response, node.flatMap(Cloudflare.words)) }
        guard let node else { throw api.malformed(subject, "is not a JSON object") }
        guard node.boolean("success") == true else {
            throw api.malformed(subject, "does not say success: \(api.shown(Cloudflare.words(node) ?? "nor any error"))")
        }
        return Called(node: node, isMissing: false)
    }

    private func list(_ node: Node, _ subject: String) throws(DNSProviderError) -> [Node] {
        guard let result = node["result"], result.kind == .sequence else { throw api.malformed(subject, "has no list as its result") }
        return result.elements
    }

    private func identifier(_ node: Node, _ subject: String) throws(DNSProviderError) -> String {
        guard let id = node.text("id"), ProviderAPI.isIdentifier(id) else {
            throw api.malformed(subject, "has an element without a usable id")
        }
        return id
    }

    private static func errors(_ node: Node) -> [Node] {
        let errors = node["errors"]?.elements ?? []
        return errors + errors.flatMap { $0["error_chain"]?.elements ?? [] }
    }

    private static func errorCodes(_ node: Node) -> [Int] { errors(node).compactMap { $0.integer("code") } }

    /// `Invalid request headers (6003), Invalid format for Authorization header (6111)`.
    private static func words(_ node: Node) -> String? {
        let words = errors(node).prefix(5).map { error in
            (error.text("message") ?? "error") + (error.integer("code").map { " (\($0))" } ?? "")
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}
