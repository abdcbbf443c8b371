import KubernetesAPI
import Manifests
import TestKit
import Testing

@testable import DNSProviders

/// What DigitalOcean's API does with the four calls that are made, for one domain.
private final class FakeDigitalOcean: Sendable {
    struct State {
        var records: [(id: Int, name: String, data: String)] = []
        var made = 0
        var pageSize = 200
        var isEndless = false
        var losesCreations = 0
    }

    let state = Shared(State())

    func answer(_ request: FakeProvider.Request, url: String) -> FakeProvider.Answer {
        state.with { state in
            let missing = FakeProvider.Answer.json(
                #"{"id":"not_found","message":"The resource you requested could not be found."}"#, status: 404)
            switch (request.method, request.path) {
            case ("GET", "/v2/domains/example.com"): return .json(#"{"domain":{"name":"example.com","ttl":1800}}"#)
            case ("GET", "/v2/domains/example.com/records"):
                // The filter takes a full name, the records have relative ones.
                let matching = state.records.filter { "\($0.name).example.com" == request.query["name"] }
                let page = Int(request.query["page"] ?? "") ?? 1
                let shown = matching.dropFirst(state.isEndless ? 0 : (page - 1) * state.pageSize).prefix(state.pageSize)
                let list = shown.map { #"{"id":\#($0.id),"type":"TXT","name":"\#($0.name)","data":"\#($0.data)","ttl":60}"# }
                let isLast = !state.isEndless && page * state.pageSize >= matching.count
                let next = isLast ? "" : #""next":"https://attacker.invalid/v2/domains?page=\#(page + 1)""#
                return .json(#"{"domain_records":[\#(list.joined(separator: ","))],"links":{"pages":{\#(next)}},"meta":{"total":1}}"#)
            case ("POST", "/v2/domains/example.com/records"):
                guard let body = ManifestReader.object(json: request.body), let name = body.text("name"), let data = body.text("data"),
                    name.hasSuffix(".example.com.")
                else { return .json(#"{"id":"unprocessable_entity","message":"bad"}"#, status: 422) }
                state.made += 1
                state.records.append((state.made, String(name.dropLast(".example.com.".count)), data))
                if state.losesCreations > 0 {
                    state.losesCreations -= 1
                    return .close
                }
                return .json(#"{"domain_record":{"id":\#(state.made)}}"#, status: 201)
            case ("DELETE", let path) where path.hasPrefix("/v2/domains/example.com/records/"):
                let id = path.split(separator: "/").last.flatMap { Int($0) }
                guard state.records.contains(where: { $0.id == id }) else { return missing }
                state.records.removeAll { $0.id == id }
                return .answer(status: 204, body: "")
            default: return missing
            }
        }
    }
}

@Suite("DigitalOcean, API v2") struct DigitalOceanTests {
    private let cloud = FakeDigitalOcean()
    private let fake: FakeProvider
    private let provider: any DNSProvider

    init() async throws {
        let cloud = cloud
        fake = try FakeProvider { cloud.answer($0, url: "") }
        provider = try await Make.provider(
            .digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference())), try Make.context(fake),
            secrets: ["secret": " \(Make.secretText)\n"])
    }

    @Test func `a record is written and removed by the contract`() async throws {
        let record = try Make.record("www.example.com")
        try await provider.present(record)
        #expect(
            fake.requests.map { "\($0.method) \($0.target)" } == [
                "GET /v2/domains/_acme-challenge.www.example.com", "GET /v2/domains/www.example.com", "GET /v2/domains/example.com",
                "GET /v2/domains/example.com/records?type=TXT&name=_acme-challenge.www.example.com&per_page=200&page=1",
                "POST /v2/domains/example.com/records",
            ])
        #expect(fake.requests.allSatisfy { $0.fields["authorization"] == "Bearer \(Make.secretText)" })
        #expect(
            fake.requests.last?.text
                == #"{"type":"TXT","name":"_acme-challenge.www.example.com.","data":"\#(record.value)","ttl":60}"#)
        try await provider.cleanUp(record)
        #expect(fake.requests.last.map { "\($0.method) \($0.target)" } == "DELETE /v2/domains/example.com/records/1")
        #expect(cloud.state.with { $0.records.isEmpty })
        try await provider.cleanUp(record)
    }

    @Test func `two values of one name live beside each other`() async throws {
        let (apex, wildcard) = (try Make.record("example.com", token: "a"), try Make.record("*.example.com", token: "b"))
        try await provider.present(apex)
        try await provider.present(wildcard)
        try await provider.present(wildcard)
        #expect(cloud.state.with { $0.records.count } == 2)
        try await provider.cleanUp(wildcard)
        #expect(cloud.state.with { $0.records.map(\.data) } == [apex.value])
    }

    @Test func `all pages are read, and their URLs are not followed`() async throws {
        let record = try Make.record("example.com")
        cloud.state.with { state in
            state.pageSize = 2
            state.records = (1...5).map { ($0, "_acme-challenge", $0 > 3 ? record.value : "other") }
        }
        try await provider.cleanUp(record)
        #expect(cloud.state.with { $0.records.map(\.id) } == [1, 2, 3])
        #expect(fake.requests.compactMap { $0.query["page"] } == ["1", "2", "3"])
    }

    @Test func `pages that go round end the call`() async throws {
        cloud.state.with { state in
            state.isEndless = true
            state.records = [(1, "_acme-challenge", "other")]
        }
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.hasSuffix("goes round in its pages") == true)
    }

    @Test func `a creation whose answer is lost is looked for, and whatever was made of it is removed`() async throws {
        cloud.state.with { $0.losesCreations = 1 }
        let record = try Make.record("example.com")
        try await provider.present(record)
        // The HTTP client may have sent it once more by itself, as on any kept connection that turns out to be closed.
        #expect((1...2).contains(cloud.state.with { $0.records.count }))
        try await provider.cleanUp(record)
        #expect(cloud.state.with { $0.records.isEmpty })
    }

    @Test func `a missing domain is an error when writing and fine when removing`() async throws {
        let record = try Make.record("other.test")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(
            error?.description
                == "digitalocean, record _acme-challenge.other.test: no domain for _acme-challenge.other.test that the token shows")
        try await provider.cleanUp(record)
    }
}
