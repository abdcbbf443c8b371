internal import Core
internal import DNS
internal import FoundationEssentials
internal import HTTPClient
internal import Logging
internal import PKI

/// The five calls of Route 53 that this module needs, signed, with its throttling waited out.
struct Route53Client: Sendable {
    let api: ProviderAPI
    private let signer: RequestSigner
    private let scheme: String
    private let host: String

    init(_ credentials: AmazonCredentials, region: String?, _ context: DNSProviderContext, provider: String) {
        let partition = AmazonPartition(region: region)
        signer = RequestSigner(
            accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey, sessionToken: credentials.sessionToken,
            region: partition.signingRegion, service: "route53")
        let url = context.endpoints.route53 ?? "https://\(partition.route53Host)"
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        scheme = String(parts.first?.dropLast() ?? "https")
        host = parts.count == 3 ? String(parts[2]) : ""
        api = ProviderAPI(name: provider, context: context, secrets: credentials.secrets)
    }

    /// What became of a change.
    enum Outcome: Sendable {
        case accepted(id: String)
        /// What is there is not what was read.
        case conflict(String)
    }

    /// The identifier of the public hosted zone with exactly this name; nil when there is none.
    func publicZone(named name: String) async throws(DNSProviderError) -> String? {
        let subject = "hosted zone \(name)"
        var query = [(name: "dnsname", value: name), (name: "maxitems", value: "100")]
        var last: [String]?
        for _ in 0..<DNSProvidersLimits.pagesMax {
            let root = try await call("GET", "/hostedzonesbyname", query, subject, expecting: "ListHostedZonesByNameResponse")
            // Sorted by name from the one asked for: the first of another name ends it.
            for zone in root["HostedZones"]?.all("HostedZone") ?? [] {
                guard let found = zone.text("Name").map(Route53Client.plainName) else {
                    throw api.malformed(subject, "has a zone without name")
                }
                guard found == name else { return nil }
                if zone["Config"]?.text("PrivateZone") == "true" { continue }
                let id = Route53.bareID(zone.text("Id") ?? "")
                guard ProviderAPI.isIdentifier(id) else { throw api.malformed(subject, "has a zone without a usable id") }
                return id
            }
            guard root.text("IsTruncated") == "true" else { return nil }
            guard let next = root.text("NextDNSName"), let nextID = root.text("NextHostedZoneId"), [next, nextID] != last else {
                throw api.malformed(subject, "goes round in its pages")
            }
            guard Route53Client.plainName(next) == name else { return nil }
            last = [next, nextID]
            query = [("dnsname", next), ("hostedzoneid", nextID), ("maxitems", "100")]
        }
        throw api.malformed(subject, "has more than \(DNSProvidersLimits.pagesMax) pages")
    }

    /// The TXT record sets at a record's name.
    func sets(_ record: ChallengeRecord, in zone: String) async throws(DNSProviderError) -> [RecordSets.Set] {
        let subject = "record sets of \(record.name)"
        let first = [(name: "name", value: record.name.text), (name: "type", value: "TXT"), (name: "maxitems", value: "100")]
        var query = first
        var found: [RecordSets.Set] = []
        var last: String?
        for _ in 0..<DNSProvidersLimits.pagesMax {
            let root = try await call("GET", "/hostedzone/\(zone)/rrset", query, subject, expecting: "ListResourceRecordSetsResponse")
            for element in root["ResourceRecordSets"]?.all("ResourceRecordSet") ?? [] {
                guard let name = element.text("Name").map(Route53Client.plainName), let type = element.text("Type") else {
                    throw api.malformed(subject, "has a record set without name or type")
                }
                guard name == record.name.text, type == "TXT" else { return found }
                found.append(try set(element, subject))
            }
            guard root.text("IsTruncated") == "true", root.text("NextRecordName").map(Route53Client.plainName) == record.name.text,
                root.text("NextRecordType") == "TXT"
            else { return found }
            guard let next = root.text("NextRecordIdentifier"), next != last else {
                throw api.malformed(subject, "goes round in its pages")
            }
            last = next
            query = first + [("identifier", next)]
        }
        throw api.malformed(subject, "has more than \(DNSProvidersLimits.pagesMax) pages")
    }

    /// Changes record sets at a record's name, all or none.
    func change(_ changes: [RecordSets.Change], _ record: ChallengeRecord, in zone: String) async throws(DNSProviderError) -> Outcome {
        let subject = "record \(record.name)"
        let body = Array(Route53Client.document(changes, name: record.name.text).utf8)
        let result = try await api.attempts { () async throws(DNSProviderError) in
            try await answer("POST", "/hostedzone/\(zone)/rrset", [], body, subject)
        }
        switch result {
        case .failed(let failure) where failure.code == "InvalidChangeBatch": return .conflict(failure.shown)
        case .failed(let failure): throw failure.error
        case .document(let root):
            guard root.name == "ChangeResourceRecordSetsResponse" else { throw api.malformed(subject, "is not the one to a change") }
            let id = Route53.bareID(root["ChangeInfo"]?.text("Id") ?? "")
            guard ProviderAPI.isIdentifier(id) else { throw api.malformed(subject, "has no usable change id") }
            return .accepted(id: id)
        }
    }

    /// Waits until all name servers of Route 53 have a change.
    func waitUntilInSync(_ id: String, _ record: ChallengeRecord) async throws(DNSProviderError) {
        let subject = "change of \(record.name)"
        let deadline = api.context.time.now().addingTimeInterval(DNSProvidersLimits.changeTimeout.seconds)
        while true {
            let root = try await call("GET", "/change/\(id)", [], subject, expecting: "GetChangeResponse")
            if root["ChangeInfo"]?.text("Status") == "INSYNC" { return }
            guard api.context.time.now() < deadline else {
                throw DNSProviderError(
                    .timedOut(DNSProvidersLimits.changeTimeout, "the change is not at all of Route 53's servers"), api.subject(subject))
            }
            try await api.sleep(DNSProvidersLimits.changePollEvery, api.subject(subject))
        }
    }

    private func call(
        _ method: String, _ path: String, _ query: [(name: String, value: String)], _ subject: String, expecting root: String
    ) async throws(DNSProviderError) -> XMLElement {
        let result = try await api.attempts { () async throws(DNSProviderError) in try await answer(method, path, query, [], subject) }
        switch result {
        case .failed(let failure): throw failure.error
        case .document(let element):
            guard element.name == root else { throw api.malformed(subject, "is not a \(root)") }
            return element
        }
    }

    private struct Failure: Sendable {
        let code: String
        let shown: String
        let error: DNSProviderError
    }

    private enum Result: Sendable {
        case document(XMLElement)
        case failed(Failure)
    }

    /// One signed request. What Route 53 wants to be repeated is thrown as `.unavailable`.
    private func answer(
        _ method: String, _ path: String, _ query: [(name: String, value: String)], _ body: [UInt8], _ subject: String
    ) async throws(DNSProviderError) -> Result {
        let path = "/2013-04-01" + path
        let response = try await api.exchange(try request(method, path, query, body), subject)
        let root: XMLElement
        do {
            root = try XMLElement.parse(response.body)
        } catch {
            guard (200...299).contains(response.status) else { throw api.error(subject, response, nil) }
            throw api.malformed(subject, "is not XML: \(error)")
        }
        if (200...299).contains(response.status) { return .document(root) }
        let (code, words) = Route53Client.failure(root)
        let shown = api.shown("\(words) (\(code))")
        var error = api.error(subject, response, "\(words) (\(code))")
        // Sent with status 400.
        if ["Throttling", "ThrottlingException", "PriorRequestNotComplete", "RequestLimitExceeded"].contains(code) {
            error = DNSProviderError(.unavailable("the API answered \(response.status): \(shown)", retryAfter: nil), error.subject)
        }
        if code == "NoSuchHostedZone" { error = DNSProviderError(.zoneNotFound(shown), error.subject) }
        if case .unavailable = error.code { throw error }
        return .failed(Failure(code: code, shown: shown, error: error))
    }

    private func request(
        _ method: String, _ path: String, _ query: [(name: String, value: String)], _ body: [UInt8]
    ) throws(DNSProviderError) -> HTTPRequest {
        let subject = RequestSigner.Subject(method: method, host: host, path: path, query: query, body: body)
        var fields: HTTPFields
        do {
            fields = try signer.fields(for: subject, at: api.context.time.now())
        } catch {
            throw DNSProviderError(.configuration("requests cannot be signed: \(error)"), api.name)
        }
        fields.append("Host", host)
        if !body.isEmpty { fields.append("Content-Type", "text/xml") }
        let query = query.isEmpty ? "" : "?" + RequestSigner.query(query)
        return HTTPRequest(
            method: method, url: "\(scheme)://\(host)\(path)\(query)", headers: fields, body: body.isEmpty ? .none : .bytes(body))
    }

    private func set(_ element: XMLElement, _ subject: String) throws(DNSProviderError) -> RecordSets.Set {
        let foreign = [
            "AliasTarget", "Weight", "Region", "GeoLocation", "Failover", "HealthCheckId", "CidrRoutingConfig", "GeoProximityLocation",
        ]
        let isForeign =
            foreign.contains { element[$0] != nil } || (element["SetIdentifier"] != nil) != (element.text("MultiValueAnswer") == "true")
        let ttl = element.text("TTL").flatMap { Int($0) }
        guard isForeign || ttl.map({ (0...Int(Int32.max)).contains($0) }) == true else {
            throw api.malformed(subject, "has a record set without a TTL")
        }
        let values = (element["ResourceRecords"]?.all("ResourceRecord") ?? []).compactMap { $0.text("Value") }
        return RecordSets.Set(identifier: element.text("SetIdentifier"), ttl: ttl ?? 0, values: values, isForeign: isForeign)
    }

    /// The code and the words of an error, in either of the two documents that Route 53 has for them.
    private static func failure(_ root: XMLElement) -> (code: String, words: String) {
        if let error = root["Error"] { return (error.text("Code") ?? "error", error.text("Message") ?? "") }
        let messages = root["Messages"]?.all("Message").map(\.text) ?? []
        return (root.name, messages.isEmpty ? (root.text("Message") ?? "") : messages.joined(separator: "; "))
    }

    /// A name as others write it: lower case, no trailing dot. Characters that Route 53 shows by their octal numbers are in no name of ours.
    private static func plainName(_ name: String) -> String {
        let plain = name.lowercased()
        return plain.hasSuffix(".") ? String(plain.dropLast()) : plain
    }

    /// The document of a change. The order of the elements is the schema's.
    static func document(_ changes: [RecordSets.Change], name: String) -> String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>"
        text += "<Comment>dns-01 by certctl</Comment><Changes>"
        for change in changes {
            switch change {
            case .delete(let set): text += "<Change><Action>DELETE</Action>\(document(set, name: name))</Change>"
            case .create(let set): text += "<Change><Action>CREATE</Action>\(document(set, name: name))</Change>"
            }
        }
        return text + "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    }

    private static func document(_ set: RecordSets.Set, name: String) -> String {
        var text = "<ResourceRecordSet><Name>\(escaped(name)).</Name><Type>TXT</Type>"
        if let identifier = set.identifier {
            text += "<SetIdentifier>\(escaped(identifier))</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>"
        }
        text += "<TTL>\(set.ttl)</TTL><ResourceRecords>"
        for value in set.values { text += "<ResourceRecord><Value>\(escaped(value))</Value></ResourceRecord>" }
        return text + "</ResourceRecords></ResourceRecordSet>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}

/// The part of Amazon's network that a region belongs to: each has its own Route 53.
/// docs.aws.amazon.com/general/latest/gr/r53.html
struct AmazonPartition: Hashable {
    let route53Host: String
    let signingRegion: String

    init(region: String?) {
        switch region ?? "" {
        case let region where region.hasPrefix("cn-"): (route53Host, signingRegion) = ("route53.amazonaws.com.cn", "cn-northwest-1")
        case let region where region.hasPrefix("us-gov-"): (route53Host, signingRegion) = ("route53.us-gov.amazonaws.com", "us-gov-west-1")
        default: (route53Host, signingRegion) = ("route53.amazonaws.com", "us-east-1")
        }
    }
}
