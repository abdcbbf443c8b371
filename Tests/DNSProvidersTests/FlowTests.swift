import Core
import DNS
import FoundationEssentials
import KubernetesAPI
import Logging
import TestKit
import Testing

@testable import DNSProviders

@Suite("dns-01, RFC 8555 §8.4") struct DNS01FlowTests {
    private let time = ManualTime()

    private func report(_ outcomes: [ServerVerdict.Outcome], _ name: DomainName) -> PropagationReport {
        let verdicts = outcomes.enumerated().map { index, outcome in
            ServerVerdict(server: "ns\(index).example", address: Nameserver(host: "192.0.2.\(index)"), outcome: outcome)
        }
        return PropagationReport(name: name, zone: nil, verdicts: verdicts, problem: nil)
    }

    private func flow(
        strategy: DNS01Solver.CNAMEStrategy = .none, wait: Duration? = nil, selfCheck: DNS01Flow.SelfCheck = .init(),
        follow: @escaping @Sendable (DomainName) async throws(DNSError) -> DomainName = { $0 },
        look: @escaping @Sendable (DomainName, String) async -> PropagationReport
    ) -> DNS01Flow {
        DNS01Flow(
            solver: DNS01Solver(provider: .unsupported(name: "x"), cnameStrategy: strategy), waitInsteadOfSelfCheck: wait,
            selfCheck: selfCheck, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, follow: follow, look: look)
    }

    private func never(_ name: DomainName, _ value: String) async -> PropagationReport {
        Issue.record("was asked for \(name)")
        return report([], name)
    }

    @Test func `the record's value is the hash of the key authorization, its name that of the parent of a wildcard`() throws {
        let record = ChallengeRecord(
            name: try ChallengeRecord.challengeName(of: try DNSName(parsing: "*.Example.org")),
            domain: try DNSName(parsing: "*.example.org"),
            token: "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
            keyAuthorization: "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerY")
        #expect(record.name.text == "_acme-challenge.example.org" && record.domain.ascii == "example.org")
        #expect(record.value.utf8.count == 43)
        let known = ChallengeRecord(name: record.name, domain: record.domain, token: "", keyAuthorization: "abc")
        #expect(known.value == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
    }

    @Test func `a name without room for the label is an error`() throws {
        let label = String(repeating: "a", count: 60)
        let name = try DNSName(parsing: [label, label, label, label].joined(separator: "."))
        let error = #expect(throws: DNSProviderError.self) { try ChallengeRecord.challengeName(of: name) }
        guard case .configuration? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `aliases are followed only when the solver says so`() async throws {
        let follow: @Sendable (DomainName) async throws(DNSError) -> DomainName = { (name) throws(DNSError) in
            #expect(name.text == "_acme-challenge.example.com")
            return try DomainName("x.delegated.test")
        }
        let domain = try DNSName(parsing: "*.example.com")
        let followed = try await flow(strategy: .follow, follow: follow, look: never).record(for: domain, token: "t", keyAuthorization: "k")
        #expect(followed.name.text == "x.delegated.test" && followed.domain.ascii == "example.com")
        let unfollowed = try await flow(follow: follow, look: never).record(for: domain, token: "t", keyAuthorization: "k")
        #expect(unfollowed.name.text == "_acme-challenge.example.com")
    }

    @Test func `aliases in a circle are an error`() async throws {
        let circle: @Sendable (DomainName) async throws(DNSError) -> DomainName = { (name) throws(DNSError) in
            throw DNSError(.aliases("aliases lead in a circle"), subject: "CNAME \(name)")
        }
        let flow = flow(strategy: .follow, follow: circle, look: never)
        let domain = try DNSName(parsing: "example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in
            _ = try await flow.record(for: domain, token: "t", keyAuthorization: "k")
        }
        #expect(error?.description.contains("aliases lead in a circle") == true)
    }

    @Test func `it looks every ten seconds until every server has the value, at the name where the CA looks`() async throws {
        let looks = Shared(0)
        let record = try Make.record("example.com", written: "x.delegated.test")
        let flow = flow { name, value in
            #expect(name.text == "_acme-challenge.example.com" && value == record.value)
            let look = looks.with { looks in
                looks += 1
                return looks
            }
            return report([.present, look < 3 ? .absent(others: []) : .present], name)
        }
        try await flow.confirm(record)
        #expect(looks.with { $0 } == 3)
        #expect(time.slept == [.seconds(10), .seconds(10)])
    }

    @Test func `after its time it gives up and says who does not have the value`() async throws {
        let record = try Make.record("example.com")
        let flow = flow(selfCheck: .init(timeout: .seconds(25), period: .seconds(10))) { name, _ in
            report([.present, .absent(others: ["old"])], name)
        }
        let error = await Make.failure { () async throws(DNSProviderError) in try await flow.confirm(record) }
        #expect(time.slept == [.seconds(10), .seconds(10)])
        #expect(error?.isTransient == true)
        #expect(error?.description.contains("ns1.example (192.0.2.1:53) has other values: \"old\"") == true, "\(String(describing: error))")
    }

    @Test func `a wait instead of the self-check asks nobody`() async throws {
        try await flow(wait: .seconds(90), look: never).confirm(try Make.record("example.com"))
        #expect(time.slept == [.seconds(90)])
        try await flow(wait: .zero, look: never).confirm(try Make.record("example.com"))
    }

    @Test func `cancelling ends the wait`() async throws {
        let record = try Make.record("example.com")
        let flow = flow { name, _ in report([.absent(others: [])], name) }
        let task = Task { () -> DNSProviderError? in
            while !Task.isCancelled { await Task.yield() }
            return await Make.failure { () async throws(DNSProviderError) in try await flow.confirm(record) }
        }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }

    @Test func `name servers of the solver that are none are refused`() throws {
        for text in ["", "https://dns.example/dns-query", "1.1.1.1:x"] {
            let solver = DNS01Solver(provider: .unsupported(name: "x"), nameservers: [text])
            let error = #expect(throws: DNSProviderError.self) {
                try DNS01Flow(solver: solver, resolver: DNSResolver(), logger: Logger(label: "t"))
            }
            #expect(error?.description.contains("nameservers: ") == true)
        }
    }

    @Test func `what has to be cleaned up survives being written down`() throws {
        let providers: [DNS01Provider] = [
            .rfc2136(
                RFC2136Provider(
                    nameserver: "ns", tsig: .init(keyName: "k", algorithm: .hmacSHA512, secretRef: Make.reference()), transport: .tcp)),
            .acmeDNS(ACMEDNSProvider(host: "https://a", accountSecretRef: Make.reference())),
            .cloudflare(CloudflareProvider(credential: .key(email: "e", Make.reference()))),
            .route53(
                Route53Provider(
                    accessKey: .init(id: .secret(Make.reference()), secretRef: Make.reference(), sessionTokenRef: Make.reference()),
                    hostedZoneID: "Z", region: "r")),
            .digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference())),
            .httpRequest(HTTPRequestProvider(endpoint: "https://a", mode: .raw)), .exec(ExecProvider(path: "/x", arguments: ["y"])),
        ]
        for provider in providers {
            let noted = PresentedRecord(
                solver: DNS01Solver(provider: provider, cnameStrategy: .follow, nameservers: ["1.1.1.1"]), secretNamespace: "ns",
                record: try Make.record("*.example.com", written: "x.delegated.test"))
            let data = try JSONEncoder().encode(noted)
            #expect(try JSONDecoder().decode(PresentedRecord.self, from: data) == noted)
        }
    }

    @Test(arguments: [
        #"{"name":"a b","domain":"a.example","token":"t","keyAuthorization":"k"}"#,
        #"{"name":"a","domain":"not a name","token":"t","keyAuthorization":"k"}"#, "{}", "[]",
    ]) func `a note that is broken is refused`(json: String) {
        #expect(throws: (any Error).self) { try JSONDecoder().decode(ChallengeRecord.self, from: Data(json.utf8)) }
    }
}

@Suite("One change of a record set at a time") struct RecordLocksTests {
    @Test func `changes of one name follow each other, those of others do not wait`() async throws {
        let locks = RecordLocks()
        let inside = Shared<[String: Int]>([:])
        let most = Shared<[String: Int]>([:])
        await withThrowingTaskGroup { group in
            for turn in 0..<60 {
                group.addTask {
                    let name = "n\(turn % 2)"
                    try await locks.serialised(name) { () async throws(DNSProviderError) in
                        let count = inside.with { inside in
                            inside[name, default: 0] += 1
                            return inside[name, default: 0]
                        }
                        most.with { $0[name] = max($0[name] ?? 0, count) }
                        await Task.yield()
                        inside.with { $0[name, default: 0] -= 1 }
                        if turn % 7 == 0 { throw DNSProviderError(.cancelled, "x") }
                    }
                }
            }
            while let result = await group.nextResult() {
                if case .failure(let error) = result { #expect(error is DNSProviderError) }
            }
        }
        #expect(most.with { $0 } == ["n0": 1, "n1": 1])
        // Free again.
        try await locks.serialised("n0") { () async throws(DNSProviderError) in }
    }
}

@Suite("Providers from settings and Secrets") struct DNSProviderFactoryTests {
    private func error(_ provider: DNS01Provider, secrets: [String: String] = [:]) async throws -> DNSProviderError? {
        let context = try Make.context()
        return await Make.failure { () async throws(DNSProviderError) in _ = try await Make.provider(provider, context, secrets: secrets) }
    }

    @Test func `unknown providers are refused by name`() async throws {
        #expect(
            try await error(.unsupported(name: "akamai"))?.description
                == "dns-01 by akamai: the provider is not supported; use another one, or httpreq or exec")
        #expect(try await error(.unsupported(name: ""))?.description == "dns-01 by : no provider is set")
    }

    @Test func `a Secret's entry must be one line that can be sent`() async throws {
        for (text, words) in [
            ("", "is empty"), (" \n ", "is not one line of printable ASCII"), ("a\r\nX-Evil: b", "is not one line of printable ASCII"),
            ("tökén", "is not one line of printable ASCII"),
            (String(repeating: "a", count: DNSProvidersLimits.secretBytesMax + 1), "are read"),
        ] {
            let error = try await error(.digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference())), secrets: ["secret": text])
            #expect(
                error?.description.hasPrefix("dns-01 by digitalocean: tokenSecretRef: the entry key of Secret secret ") == true
                    && error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test func `why a Secret cannot be read is told`() async throws {
        struct Missing: Error, CustomStringConvertible { let description = "Secret default/secret does not exist" }
        let context = try Make.context()
        let error = await Make.failure { () async throws(DNSProviderError) in
            _ = try await DNSProviders.make(
                DNS01Solver(provider: .digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference()))), context: context,
                permission: SolverPermission(exec: .refused(because: ""))
            ) { _ in throw Missing() }
        }
        #expect(error?.description == "dns-01 by digitalocean: tokenSecretRef: Secret default/secret does not exist")
    }

    @Test func `rfc2136 settings that cannot work are refused without the key`() async throws {
        let server = try await error(.rfc2136(RFC2136Provider(nameserver: "https://x")))
        #expect(server?.description.hasPrefix("dns-01 by rfc2136: nameserver: ") == true)
        let key = try await error(
            .rfc2136(
                RFC2136Provider(nameserver: "192.0.2.1", tsig: .init(keyName: "k", algorithm: .hmacSHA256, secretRef: Make.reference()))),
            secrets: ["secret": "not base64!"])
        #expect(key?.description.contains("tsigSecretSecretRef") == true && key?.description.contains("not base64!") == false)
    }

    @Test func `nothing shows a secret when it is printed`() async throws {
        let context = try Make.context()
        for settings in [
            DNS01Provider.cloudflare(CloudflareProvider(credential: .token(Make.reference()))),
            .cloudflare(CloudflareProvider(credential: .key(email: "e", Make.reference()))),
            .digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference())),
            .route53(Route53Provider(accessKey: .init(id: .text("AK"), secretRef: Make.reference()))),
            .httpRequest(HTTPRequestProvider(endpoint: "https://a", username: "u", passwordSecretRef: Make.reference())),
        ] {
            let provider = try await Make.provider(settings, context)
            var dumped = ""
            dump(provider, to: &dumped)
            #expect(!dumped.contains(Make.secretText) && !"\(provider)".contains(Make.secretText))
        }
    }
}
