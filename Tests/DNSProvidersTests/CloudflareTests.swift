import DNS
import KubernetesAPI
import Manifests
import TestKit
import Testing

@testable import DNSProviders

/// What Cloudflare's API does with the four calls that are made, for one account with one zone.
private final class FakeCloudflare: Sendable {
    struct Record: Hashable {
        let id: String
        let name: String
        let content: String
    }

    struct State {
        var records: [Record] = []
        var made = 0
        var pageSize = 100
        var zoneStatus = "active"
        /// Answers instead of the usual ones, the first first.
        var interruptions: [FakeProvider.Answer] = []
        /// Whether a creation is done but not told.
        var losesCreations = 0
        /// Pages without an end.
        var endlessPages = false
    }

    let state = Shared(State())

    func answer(_ request: FakeProvider.Request) -> FakeProvider.Answer {
        state.with { state in
            if !state.interruptions.isEmpty { return state.interruptions.removeFirst() }
            switch (request.method, request.path) {
            case ("GET", "/client/v4/zones"):
                let isOurs = request.query["name"] == "example.com"
                let other = #"{"id":"pending1","name":"example.com","status":"pending"}"#
                let zone = #"{"id":"zone1","name":"example.com","status":"\#(state.zoneStatus)"}"#
                return envelope(isOurs ? "[\(other),\(zone)]" : "[]")
            case ("GET", "/client/v4/zones/zone1/dns_records"):
                let matching = state.records.filter { $0.name == request.query["name"] && request.query["type"] == "TXT" }
                let page = Int(request.query["page"] ?? "") ?? 1
                let pages = state.endlessPages ? 1_000_000 : max(1, (matching.count + state.pageSize - 1) / state.pageSize)
                let start = state.endlessPages ? 0 : (page - 1) * state.pageSize
                let shown = matching.dropFirst(start).prefix(state.pageSize).map { record in
                    ManifestWriter.json(
                        .mapping([
                            .init("id", .string(record.id)), .init("name", .string(record.name)), .init("type", .string("TXT")),
                            .init("content", .string(record.content)),
                        ]))
                }
                let list = shown.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
                return envelope("[\(list)]", info: #"{"page":\#(page),"per_page":\#(state.pageSize),"total_pages":\#(pages)}"#)
            case ("POST", "/client/v4/zones/zone1/dns_records"):
                guard let body = ManifestReader.object(json: request.body), let name = body.text("name"), let content = body.text("content")
                else { return envelope("null", status: 400, errors: [(9000, "bad body")]) }
                if state.records.contains(where: { $0.name == name && $0.content == content }) {
                    return envelope("null", status: 400, errors: [(81_058, "An identical record already exists.")])
                }
                state.made += 1
                state.records.append(Record(id: "r\(state.made)", name: name, content: content))
                if state.losesCreations > 0 {
                    state.losesCreations -= 1
                    return .close
                }
                return envelope(#"{"id":"r\#(state.made)"}"#)
            case ("DELETE", let path) where path.hasPrefix("/client/v4/zones/zone1/dns_records/"):
                let id = path.split(separator: "/").last.map(String.init)
                guard state.records.contains(where: { $0.id == id }) else {
                    return envelope("null", status: 404, errors: [(81_044, "Record does not exist.")])
                }
                state.records.removeAll { $0.id == id }
                return envelope(#"{"id":"x"}"#)
            default: return envelope("null", status: 400, errors: [(7003, "Could not route to \(request.path)")])
            }
        }
    }
}

private func envelope(
    _ result: String, status: Int = 200, errors: [(Int, String)] = [], info: String? = nil
) -> FakeProvider.Answer {
    let list = errors.map { #"{"code":\#($0.0),"message":"\#($0.1)"}"# }.joined(separator: ",")
    let info = info.map { #","result_info":\#($0)"# } ?? ""
    return .json(#"{"success":\#(errors.isEmpty),"errors":[\#(list)],"messages":[],"result":\#(result)\#(info)}"#, status: status)
}

@Suite("Cloudflare, API v4") struct CloudflareTests {
    private let cloud = FakeCloudflare()
    private let fake: FakeProvider
    private let context: DNSProviderContext

    init() throws {
        let cloud = cloud
        fake = try FakeProvider { cloud.answer($0) }
        context = try Make.context(fake)
    }

    private func make(_ credential: CloudflareProvider.Credential = .token(Make.reference())) async throws -> any DNSProvider {
        try await Make.provider(.cloudflare(CloudflareProvider(credential: credential)), context)
    }

    @Test func `a record is written and removed by the contract`() async throws {
        let provider = try await make()
        let record = try Make.record("*.www.example.com")
        try await provider.present(record)
        #expect(
            fake.requests.map { "\($0.method) \($0.target)" } == [
                "GET /client/v4/zones?name=_acme-challenge.www.example.com&per_page=50",
                "GET /client/v4/zones?name=www.example.com&per_page=50", "GET /client/v4/zones?name=example.com&per_page=50",
                "GET /client/v4/zones/zone1/dns_records?type=TXT&name=_acme-challenge.www.example.com&per_page=100&page=1",
                "POST /client/v4/zones/zone1/dns_records",
            ])
        #expect(fake.requests.allSatisfy { $0.fields["authorization"] == "Bearer \(Make.secretText)" && $0.fields["x-auth-key"] == nil })
        #expect(fake.requests.last?.fields["content-type"] == "application/json")
        #expect(
            fake.requests.last?.text
                == #"{"type":"TXT","name":"_acme-challenge.www.example.com","content":"\"\#(record.value)\"","ttl":60}"#)
        try await provider.cleanUp(record)
        #expect(fake.requests.last.map { "\($0.method) \($0.target)" } == "DELETE /client/v4/zones/zone1/dns_records/r1")
        #expect(cloud.state.with { $0.records.isEmpty })
    }

    @Test func `the global key goes with its e-mail address`() async throws {
        let provider = try await make(.key(email: "ops@example.com", Make.reference()))
        try await provider.present(try Make.record("example.com"))
        #expect(
            fake.requests.allSatisfy {
                $0.fields["x-auth-email"] == "ops@example.com" && $0.fields["x-auth-key"] == Make.secretText
                    && $0.fields["authorization"] == nil
            })
    }

    @Test func `two values of one name live beside each other, and calls may be repeated`() async throws {
        let provider = try await make()
        let (apex, wildcard) = (try Make.record("example.com", token: "a"), try Make.record("*.example.com", token: "b"))
        async let first: Void = provider.present(apex)
        async let second: Void = provider.present(wildcard)
        _ = try await (first, second)
        try await provider.present(apex)
        #expect(cloud.state.with { $0.records.count } == 2)
        try await provider.cleanUp(apex)
        try await provider.cleanUp(apex)
        #expect(cloud.state.with { $0.records.map(\.content) } == ["\"\(wildcard.value)\""])
    }

    @Test func `a record on the third page is found`() async throws {
        let record = try Make.record("example.com")
        cloud.state.with { state in
            state.pageSize = 2
            state.records = (0..<5).map { .init(id: "o\($0)", name: record.name.text, content: $0 == 4 ? record.value : "other") }
        }
        try await make().cleanUp(record)
        #expect(cloud.state.with { $0.records.map(\.id) } == ["o0", "o1", "o2", "o3"])
        #expect(fake.requests.filter { $0.path.hasSuffix("dns_records") }.compactMap { $0.query["page"] } == ["1", "2", "3"])
    }

    @Test func `pages that go round end the call`() async throws {
        cloud.state.with { state in
            state.endlessPages = true
            state.records = [.init(id: "a", name: "_acme-challenge.example.com", content: "other")]
        }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description == "cloudflare, records of _acme-challenge.example.com: the API's answer goes round in its pages")
    }

    @Test func `a creation whose answer is lost is not made twice`() async throws {
        cloud.state.with { $0.losesCreations = 1 }
        try await make().present(try Make.record("example.com"))
        #expect(cloud.state.with { $0.records.count } == 1)
        // The HTTP client may have sent it once more by itself, as on any kept connection that turns out to be closed.
        #expect(fake.requests.filter { $0.method == "POST" }.count <= 2)
    }

    @Test func `a zone that is missing or not active is an error when writing and fine when removing`() async throws {
        let provider = try await make()
        for record in [try Make.record("other.test")] {
            let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
            #expect(
                error?.description
                    == "cloudflare, record _acme-challenge.other.test: no active zone for _acme-challenge.other.test that the credentials show"
            )
            try await provider.cleanUp(record)
        }
        cloud.state.with { $0.zoneStatus = "moved" }
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        guard case .zoneNotFound? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `the API's own words are told, with their chain and without the token`() async throws {
        let body =
            #"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header \#(Make.secretText)"}]}],"result":null}"#
        cloud.state.with { $0.interruptions = [.json(body, status: 400)] }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(
            error?.description
                == "cloudflare, zone _acme-challenge.example.com: the API answered 400: Invalid request headers (6003), Invalid format for"
                + " Authorization header <redacted> (6111)")
    }

    @Test func `an identifier that could lead elsewhere is refused`() async throws {
        cloud.state.with { $0.interruptions = [envelope(#"[{"id":"../../accounts","name":"_acme-challenge.example.com"}]"#)] }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.hasSuffix("has an element without a usable id") == true)
    }

    @Test func `it recovers when the API does`() async throws {
        cloud.state.with {
            $0.interruptions = [.json("oops", status: 502), .close, .json("{}", status: 429, fields: ["Retry-After": "2"])]
        }
        try await make().present(try Make.record("example.com"))
        #expect(cloud.state.with { $0.records.count } == 1)
    }
}
