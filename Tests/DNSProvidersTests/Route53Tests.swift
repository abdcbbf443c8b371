import Core
import FoundationEssentials
import HTTPClient
import KubernetesAPI
import TestKit
import Testing

@testable import DNSProviders

/// What Route 53 does with the calls that are made: zones, record sets with its rules, signatures checked.
private final class FakeRoute53: Sendable {
    struct State {
        /// Name with its dot, identifier, whether private; sorted as Route 53 sorts.
        var zones: [(name: String, id: String, isPrivate: Bool)] = [
            ("example.com.", "ZPRIVATE", true), ("example.com.", "ZPUBLIC", false), ("other.com.", "ZOTHER", false),
        ]
        var zonePageSize = 100
        var sets: [RecordSets.Set] = []
        var setPageSize = 100
        /// What happens before the next changes are looked at: somebody else is faster.
        var before: [@Sendable (inout [RecordSets.Set]) -> Void] = []
        var changes = 0
        var pendingPolls = 0
        var interruptions: [FakeProvider.Answer] = []
        var badSignatures = 0
        var foreignSet = ""
        /// Why no change is taken.
        var refusal: String?
    }

    let state = Shared(State())
    let time: ManualTime

    init(_ time: ManualTime) { self.time = time }

    private func isSigned(_ request: FakeProvider.Request) -> Bool {
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretText(Make.secretText),
            sessionToken: request.fields["x-amz-security-token"].map { SecretText($0) }, region: "us-east-1", service: "route53")
        let subject = RequestSigner.Subject(
            method: request.method, host: request.fields["host"] ?? "", path: request.path,
            query: request.query.map { (name: $0.key, value: $0.value) }, body: request.body)
        for second in 0..<1000 {
            let fields = try? signer.fields(for: subject, at: time.now().addingTimeInterval(Double(-second)))
            if fields?.first("X-Amz-Date") == request.fields["x-amz-date"] {
                return fields?.first("Authorization") == request.fields["authorization"]
            }
        }
        return false
    }

    func answer(_ request: FakeProvider.Request) -> FakeProvider.Answer {
        let isSigned = isSigned(request)
        return state.with { state in
            if !isSigned { state.badSignatures += 1 }
            if !state.interruptions.isEmpty { return state.interruptions.removeFirst() }
            switch (request.method, request.path) {
            case ("GET", "/2013-04-01/hostedzonesbyname"): return zones(request, state)
            case ("GET", "/2013-04-01/hostedzone/ZPUBLIC/rrset"): return sets(request, state)
            case ("POST", "/2013-04-01/hostedzone/ZPUBLIC/rrset"): return change(request, &state)
            case ("GET", "/2013-04-01/change/C1"):
                state.pendingPolls -= 1
                let status = state.pendingPolls >= 0 ? "PENDING" : "INSYNC"
                return .xml("<GetChangeResponse><ChangeInfo><Id>/change/C1</Id><Status>\(status)</Status></ChangeInfo></GetChangeResponse>")
            default: return failure(404, "NoSuchHostedZone", "No hosted zone found with ID")
            }
        }
    }

    private func failure(_ status: Int, _ code: String, _ words: String) -> FakeProvider.Answer {
        .xml(
            "<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type><Code>\(code)</Code>"
                + "<Message>\(words)</Message></Error><RequestId>r</RequestId></ErrorResponse>", status: status)
    }

    private func zones(_ request: FakeProvider.Request, _ state: State) -> FakeProvider.Answer {
        var from = request.query["dnsname"] ?? ""
        if !from.hasSuffix(".") { from += "." }
        // Sorted by the labels from the right, which for these names is the order of the list.
        let start =
            state.zones.firstIndex { zone in
                zone.name == from && (request.query["hostedzoneid"].map { $0 == zone.id } ?? true)
            } ?? (from.hasSuffix("other.com.") ? state.zones.count : from.hasSuffix("example.com.") ? state.zones.count - 1 : 0)
        let page = state.zones.dropFirst(start).prefix(state.zonePageSize)
        let rest = state.zones.dropFirst(start + page.count)
        let list = page.map { zone in
            "<HostedZone><Id>/hostedzone/\(zone.id)</Id><Name>\(zone.name)</Name><CallerReference>x</CallerReference><Config><Comment/>"
                + "<PrivateZone>\(zone.isPrivate)</PrivateZone></Config></HostedZone>"
        }
        let next = rest.first.map { "<NextDNSName>\($0.name)</NextDNSName><NextHostedZoneId>\($0.id)</NextHostedZoneId>" } ?? ""
        return .xml(
            "<ListHostedZonesByNameResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZones>\(list.joined())</HostedZones>"
                + "<IsTruncated>\(!rest.isEmpty)</IsTruncated>\(next)<MaxItems>100</MaxItems></ListHostedZonesByNameResponse>")
    }

    private func sets(_ request: FakeProvider.Request, _ state: State) -> FakeProvider.Answer {
        let name = request.query["name"] ?? ""
        let start = request.query["identifier"].flatMap { next in state.sets.firstIndex { $0.identifier == next } } ?? 0
        let page = state.sets.dropFirst(start).prefix(state.setPageSize)
        let rest = state.sets.dropFirst(start + page.count)
        let after = "<ResourceRecordSet><Name>zzz.\(name).</Name><Type>TXT</Type><TTL>5</TTL></ResourceRecordSet>"
        let next =
            rest.first.map {
                "<NextRecordName>\(name).</NextRecordName><NextRecordType>TXT</NextRecordType>"
                    + "<NextRecordIdentifier>\(escape($0.identifier ?? ""))</NextRecordIdentifier>"
            } ?? "<NextRecordName>zzz.\(name).</NextRecordName><NextRecordType>TXT</NextRecordType>"
        return .xml(
            "<ListResourceRecordSetsResponse><ResourceRecordSets>" + state.foreignSet + page.map { element($0, name) }.joined()
                + (rest.isEmpty ? after : "")
                + "</ResourceRecordSets><IsTruncated>true</IsTruncated>\(next)</ListResourceRecordSetsResponse>")
    }

    private func change(_ request: FakeProvider.Request, _ state: inout State) -> FakeProvider.Answer {
        if let refusal = state.refusal { return failure(400, "InvalidChangeBatch", refusal) }
        if !state.before.isEmpty { state.before.removeFirst()(&state.sets) }
        guard let root = try? XMLElement.parse(request.body), root.name == "ChangeResourceRecordSetsRequest" else {
            return failure(400, "InvalidInput", "not XML")
        }
        var sets = state.sets
        for change in root["ChangeBatch"]?["Changes"]?.all("Change") ?? [] {
            guard let element = change["ResourceRecordSet"], element.text("Type") == "TXT" else {
                return failure(400, "InvalidInput", "bad")
            }
            let set = RecordSets.Set(
                identifier: element.text("SetIdentifier"), ttl: element.text("TTL").flatMap { Int($0) } ?? -1,
                values: (element["ResourceRecords"]?.all("ResourceRecord") ?? []).compactMap { $0.text("Value") })
            switch change.text("Action") {
            case "DELETE":
                guard let place = sets.firstIndex(of: set) else { return conflict("values provided do not match the current values") }
                sets.remove(at: place)
            case "CREATE":
                guard !sets.contains(where: { $0.identifier == set.identifier }) else { return conflict("but it already exists") }
                guard !sets.contains(where: { ($0.identifier == nil) != (set.identifier == nil) }) else { return conflict("conflicts") }
                sets.append(set)
            default: return failure(400, "InvalidInput", "no action")
            }
        }
        state.sets = sets
        state.changes += 1
        return .xml(
            "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status></ChangeInfo>"
                + "</ChangeResourceRecordSetsResponse>")
    }

    private func conflict(_ words: String) -> FakeProvider.Answer {
        .xml(
            "<InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages><Message>Tried to change, \(words)</Message>"
                + "</Messages><RequestId>r</RequestId></InvalidChangeBatch>", status: 400)
    }

    private func element(_ set: RecordSets.Set, _ name: String) -> String {
        let identifier =
            set.identifier.map { "<SetIdentifier>\(escape($0))</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>" } ?? ""
        let values = set.values.map { "<ResourceRecord><Value>\(escape($0))</Value></ResourceRecord>" }.joined()
        return "<ResourceRecordSet><Name>\(name).</Name><Type>TXT</Type>\(identifier)<TTL>\(set.ttl)</TTL>"
            + "<ResourceRecords>\(values)</ResourceRecords></ResourceRecordSet>"
    }

    private func escape(_ text: String) -> String { text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;") }
}

@Suite("Route 53, API 2013-04-01") struct Route53Tests {
    private let time = ManualTime()
    private let cloud: FakeRoute53
    private let fake: FakeProvider
    private let context: DNSProviderContext

    init() throws {
        let cloud = FakeRoute53(time)
        self.cloud = cloud
        fake = try FakeProvider { cloud.answer($0) }
        context = try Make.context(fake, time: time)
    }

    private func make(_ change: (inout Route53Provider) -> Void = { _ in }) async throws -> any DNSProvider {
        var settings = Route53Provider(accessKey: .init(id: .text("AKIDEXAMPLE"), secretRef: Make.reference()))
        change(&settings)
        return try await Make.provider(.route53(settings), context, secrets: ["token": "session/token=="])
    }

    private func set(_ values: [String], ttl: Int = 60, identifier: String? = nil) -> RecordSets.Set {
        RecordSets.Set(identifier: identifier, ttl: ttl, values: values.map { "\"\($0)\"" })
    }

    private var sets: [RecordSets.Set] { cloud.state.with { $0.sets } }

    @Test func `a record is written, waited for and removed by the contract, every request signed`() async throws {
        cloud.state.with { $0.pendingPolls = 2 }
        let provider = try await make()
        let record = try Make.record("www.example.com")
        try await provider.present(record)
        #expect(
            fake.requests.map { "\($0.method) \($0.target)" } == [
                "GET /2013-04-01/hostedzonesbyname?dnsname=_acme-challenge.www.example.com&maxitems=100",
                "GET /2013-04-01/hostedzonesbyname?dnsname=www.example.com&maxitems=100",
                "GET /2013-04-01/hostedzonesbyname?dnsname=example.com&maxitems=100",
                "GET /2013-04-01/hostedzone/ZPUBLIC/rrset?maxitems=100&name=_acme-challenge.www.example.com&type=TXT",
                "POST /2013-04-01/hostedzone/ZPUBLIC/rrset", "GET /2013-04-01/change/C1", "GET /2013-04-01/change/C1",
                "GET /2013-04-01/change/C1",
            ])
        #expect(
            fake.requests[4].text
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>"
                + "<Comment>dns-01 by certctl</Comment><Changes><Change><Action>CREATE</Action><ResourceRecordSet>"
                + "<Name>_acme-challenge.www.example.com.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords><ResourceRecord>"
                + "<Value>&quot;\(record.value)&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>"
                + "</ChangeBatch></ChangeResourceRecordSetsRequest>")
        #expect(time.slept == [.seconds(4), .seconds(4)])
        try await provider.cleanUp(record)
        #expect(sets.isEmpty)
        try await provider.cleanUp(record)
        #expect(cloud.state.with { $0.badSignatures } == 0)
    }

    @Test func `other values of the record set are kept, with its TTL`() async throws {
        cloud.state.with { $0.sets = [RecordSets.Set(identifier: nil, ttl: 300, values: ["\"a & b\" \"c\"", "\"x\""])] }
        let provider = try await make()
        let record = try Make.record("example.com")
        try await provider.present(record)
        #expect(sets == [RecordSets.Set(identifier: nil, ttl: 300, values: ["\"a & b\" \"c\"", "\"x\"", "\"\(record.value)\""])])
        try await provider.present(record)
        #expect(cloud.state.with { $0.changes } == 1)
        try await provider.cleanUp(record)
        #expect(sets == [RecordSets.Set(identifier: nil, ttl: 300, values: ["\"a & b\" \"c\"", "\"x\""])])
    }

    @Test func `twenty concurrent changes of one record set lose none`() async throws {
        let provider = try await make { $0.hostedZoneID = "/hostedzone/ZPUBLIC" }
        let records = try (0..<20).map { try Make.record("example.com", token: "t\($0)") }
        try await withThrowingTaskGroup { group in
            for record in records { group.addTask { try await provider.present(record) } }
            try await group.waitForAll()
        }
        #expect(Set(sets.flatMap(\.values)) == Set(records.map { "\"\($0.value)\"" }))
        #expect(!fake.requests.contains { $0.path.hasSuffix("hostedzonesbyname") })
        try await withThrowingTaskGroup { group in
            for record in records.dropFirst() { group.addTask { try await provider.cleanUp(record) } }
            try await group.waitForAll()
        }
        #expect(sets == [set([records[0].value])])
        // In turn, so that none met another.
        #expect(cloud.state.with { $0.changes } == 39)
        #expect(fake.requests.filter { $0.method == "POST" }.count == 39)
    }

    @Test func `a change by somebody else in between is seen and kept`() async throws {
        let others = [set(["one"], ttl: 5), set(["one", "two"], ttl: 5)]
        cloud.state.with { state in
            state.before = others.map { other in { @Sendable (sets: inout [RecordSets.Set]) in sets = [other] } }
        }
        let record = try Make.record("example.com")
        try await make().present(record)
        #expect(sets == [set(["one", "two", record.value], ttl: 5)])
        #expect(fake.requests.filter { $0.method == "POST" }.count == 3)
    }

    @Test func `a record set that never stands still is given up`() async throws {
        cloud.state.with { state in
            state.before = (0...20).map { turn in { @Sendable sets in sets = [.init(identifier: nil, ttl: turn, values: ["\"x\""])] } }
        }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.contains("the record set kept changing: Tried to change") == true)
        #expect(fake.requests.filter { $0.method == "POST" }.count == DNSProvidersLimits.conflictsMax)
    }

    @Test func `a change that Route 53 does not take is told in its words`() async throws {
        let words = "RRSet with DNS name _acme-challenge.example.com. is not permitted in zone other.com."
        cloud.state.with { $0.refusal = words }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description == "route53, record _acme-challenge.example.com: \(words) (InvalidChangeBatch)")
        #expect(error?.isTransient == false)
    }

    @Test func `record sets of multivalue answers, as cert-manager makes them, get one more beside them`() async throws {
        let other = set(["other"], identifier: "\"other\"")
        cloud.state.with { $0.sets = [other] }
        let provider = try await make()
        let record = try Make.record("example.com")
        try await provider.present(record)
        #expect(sets == [other, set([record.value], identifier: "\"\(record.value)\"")])
        try await provider.cleanUp(record)
        #expect(sets == [other])
    }

    @Test func `record sets on three pages are all read`() async throws {
        let record = try Make.record("example.com")
        let all = (0..<5).map { set([$0 == 4 ? record.value : "v\($0)"], identifier: "i\($0)") }
        cloud.state.with { state in
            state.sets = all
            state.setPageSize = 2
        }
        try await make().cleanUp(record)
        #expect(sets == Array(all.prefix(4)))
        #expect(fake.requests.compactMap { $0.query["identifier"] } == ["i2", "i4"])
    }

    @Test func `a record set with routing of another kind is left alone`() async throws {
        cloud.state.with {
            $0.foreignSet =
                "<ResourceRecordSet><Name>_acme-challenge.example.com.</Name><Type>TXT</Type><SetIdentifier>a</SetIdentifier><Weight>1</Weight>"
                + "<TTL>1</TTL><ResourceRecords/></ResourceRecordSet>"
        }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.contains("is an alias or is routed by weight") == true)
        try await provider.cleanUp(record)
    }

    @Test func `the public zone is found behind many private ones`() async throws {
        cloud.state.with { state in
            state.zones = (0..<5).map { ("example.com.", "P\($0)", true) } + [("example.com.", "ZPUBLIC", false), ("z.com.", "Z", false)]
            state.zonePageSize = 2
        }
        try await make().present(try Make.record("example.com"))
        #expect(fake.requests.compactMap { $0.query["hostedzoneid"] } == ["P2", "P4"])
    }

    @Test func `zone pages that go round end the call`() async throws {
        let page =
            "<ListHostedZonesByNameResponse><HostedZones/><IsTruncated>true</IsTruncated><NextDNSName>_acme-challenge.example.com.</NextDNSName>"
            + "<NextHostedZoneId>Z1</NextHostedZoneId></ListHostedZonesByNameResponse>"
        cloud.state.with { $0.interruptions = [.xml(page), .xml(page), .xml(page)] }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.hasSuffix("goes round in its pages") == true)
        #expect(fake.requests.count == 2)
    }

    @Test func `a missing zone is an error when writing and fine when removing`() async throws {
        let provider = try await make()
        let record = try Make.record("nowhere.test")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        guard case .zoneNotFound? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await provider.cleanUp(record)
        try await make { $0.hostedZoneID = "ZGONE" }.cleanUp(try Make.record("example.com"))
    }

    @Test func `throttling is waited out, twice as long each time`() async throws {
        let throttled = FakeProvider.Answer.xml(
            "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>", status: 400)
        cloud.state.with { $0.interruptions = [throttled, throttled, throttled] }
        try await make().present(try Make.record("example.com"))
        #expect(time.slept == [.seconds(1), .seconds(2), .seconds(4)])
        cloud.state.with { $0.interruptions = Array(repeating: throttled, count: 10) }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(
            error?.description
                == "route53, hosted zone _acme-challenge.example.com: the API answered 400: Rate exceeded (Throttling)")
        #expect(error?.isTransient == true)
    }

    @Test func `a change that stays pending is given up`() async throws {
        cloud.state.with { $0.pendingPolls = 1_000_000 }
        let provider = try await make()
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        guard case .timedOut? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a temporary key sends and signs its session token`() async throws {
        let provider = try await make { $0.accessKey?.sessionTokenRef = Make.reference("token") }
        try await provider.present(try Make.record("example.com"))
        #expect(fake.requests.allSatisfy { $0.fields["x-amz-security-token"] == "session/token==" })
        #expect(cloud.state.with { $0.badSignatures } == 0)
    }
}

@Suite("XML answers") struct XMLElementTests {
    @Test func `elements, text and references`() throws {
        let root = try XMLElement.parse(
            Array(
                "\u{FEFF}<?xml version='1.0'?>\n<!-- c --><n:a xmlns:n='u' b = \"&lt;\"><b> x &amp;&#65;&#x42;&quot;&apos;&lt;&gt; </b><b/><c><![CDATA[<z>&]]></c></n:a>\n<!-- d -->"
                    .utf8))
        #expect(root.name == "a")
        #expect(root.all("b").map(\.text) == [" x &AB\"'<> ", ""])
        #expect(root.text("c") == "<z>&")
    }

    @Test(arguments: [
        "", " ", "x", "<", "<a", "<a>", "<a></b>", "<a></a><b/>", "<a/>x", "</a>", "<a b></a>", "<a b=c/>", "<a b='/>", "<a b='<'/>",
        "<a>&x;</a>",
        "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#99999999999;</a>", "<a>&amp</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<?xml?>",
        "<a><!-- </a>", "<a><![CDATA[ </a>", "<1/>é", "<a:/>", "<?php x?><a/>",
    ]) func `what is not the strict subset is refused`(text: String) {
        #expect(throws: XMLElement.Fault.self) { try XMLElement.parse(Array(text.utf8)) }
    }

    @Test func `every cut of a document is refused`() throws {
        let text = Array("<?xml version=\"1.0\"?><a b='c'><d>&amp;x</d><!-- y --><e/></a>".utf8)
        _ = try XMLElement.parse(text)
        for end in 0..<text.count { #expect(throws: XMLElement.Fault.self) { try XMLElement.parse(Array(text[..<end])) } }
    }

    @Test func `depth and size are bounded`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        _ = try XMLElement.parse(nested(DNSProvidersLimits.xmlDepthMax))
        #expect(throws: XMLElement.Fault.self) { try XMLElement.parse(nested(DNSProvidersLimits.xmlDepthMax + 1)) }
        func wide(_ count: Int) -> [UInt8] { Array(("<a>" + String(repeating: "<b/>", count: count) + "</a>").utf8) }
        _ = try XMLElement.parse(wide(DNSProvidersLimits.xmlEventsMax - 2))
        #expect(throws: XMLElement.Fault.self) { try XMLElement.parse(wide(DNSProvidersLimits.xmlEventsMax - 1)) }
    }

    @Test func `random bytes never trap`() {
        var random = SeededRandom(seed: 7)
        let pieces = ["<", ">", "/", "a", "b", "=", "\"", "'", "&", ";", "#x4", "<!--", "-->", "<![CDATA[", "]]>", " ", "<?xml", "?>", "é"]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            _ = try? XMLElement.parse(Array(text.utf8))
        }
    }
}
