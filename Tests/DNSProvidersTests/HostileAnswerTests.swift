import Core
import HTTPClient
import KubernetesAPI
import TestKit
import Testing

@testable import DNSProviders

/// What every HTTP provider does with answers that no provider should give.
@Suite("Hostile answers of providers") struct HostileAnswerTests {
    private static let providers: [DNS01Provider] = [
        .cloudflare(CloudflareProvider(credential: .token(Make.reference()))),
        .digitalOcean(DigitalOceanProvider(tokenSecretRef: Make.reference())),
        .route53(Route53Provider(accessKey: .init(id: .text("AKIDEXAMPLE"), secretRef: Make.reference()))),
    ]

    private func each(
        _ answer: FakeProvider.Answer, attempts: Int = 1, _ check: (DNS01Provider, DNSProviderError) -> Void
    ) async throws {
        for settings in Self.providers {
            let fake = try FakeProvider { _ in answer }
            let provider = try await Make.provider(settings, try Make.context(fake))
            let record = try Make.record("www.example.com")
            if let error = await Make.failure({ () async throws(DNSProviderError) in try await provider.present(record) }) {
                check(settings, error)
            }
            #expect(fake.requests.count == attempts, "\(settings.name)")
        }
        // Those whose URL is the operator's.
        for settings in [
            { url in DNS01Provider.acmeDNS(ACMEDNSProvider(host: url, accountSecretRef: Make.reference("accounts"))) },
            { url in .httpRequest(HTTPRequestProvider(endpoint: url, username: "u", passwordSecretRef: Make.reference())) },
        ] as [(String) -> DNS01Provider] {
            let fake = try FakeProvider { _ in answer }
            let accounts = #"{"www.example.com":{"username":"u","password":"\#(Make.secretText)","subdomain":"sub"}}"#
            let provider = try await Make.provider(settings(fake.url), try Make.context(fake), secrets: ["accounts": accounts])
            let record = try Make.record("www.example.com")
            // A status of 200 is all that httpreq asks for.
            if case .httpRequest = settings(""), case .json(_) = Kind(answer) { continue }
            if let error = await Make.failure({ () async throws(DNSProviderError) in try await provider.present(record) }) {
                check(settings(""), error)
            }
            #expect(fake.requests.count == attempts)
        }
    }

    private enum Kind {
        case json(Int)
        case other
        init(_ answer: FakeProvider.Answer) {
            if case .answer(let status, _, _) = answer, (200...299).contains(status) { self = .json(status) } else { self = .other }
        }
    }

    @Test(arguments: ["", "{", "null", "[]", "{\"result\": 1}", "<html>", "\u{FF}", "{\"success\": \"yes\"}", "<a><b></a>"])
    func `a body that is not the provider's is an error and no crash`(body: String) async throws {
        try await each(.json(body)) { provider, error in
            guard case .answer = error.code else {
                Issue.record("\(provider.name): \(error)")
                return
            }
        }
    }

    @Test func `401 and 403 are the credentials' fault and are not tried again`() async throws {
        for status in [401, 403] {
            try await each(.json("{\"message\":\"no \(Make.secretText) here\\nsecond line\"}", status: status)) { provider, error in
                guard case .refused(let words) = error.code else {
                    Issue.record("\(provider.name): \(error)")
                    return
                }
                #expect(words.contains("\(status)"))
                #expect(!error.isTransient)
            }
        }
    }

    @Test func `429 and 5xx are tried again, and then given up`() async throws {
        for status in [429, 500, 502, 503] {
            try await each(.json("{}", status: status), attempts: DNSProvidersLimits.attemptsMax) { provider, error in
                guard case .unavailable = error.code else {
                    Issue.record("\(provider.name): \(error)")
                    return
                }
                #expect(error.isTransient)
            }
        }
    }

    @Test func `a Retry-After beyond what a challenge can wait ends the call at once`() async throws {
        try await each(.json("{}", status: 429, fields: ["Retry-After": "3600"])) { _, error in
            guard case .unavailable(_, retryAfter: .seconds(3600)) = error.code else {
                Issue.record("\(error)")
                return
            }
            #expect("\(error)".hasSuffix("to be tried again after 3600.0 seconds"))
        }
    }

    @Test func `a closed connection is tried again`() async throws {
        // libcurl asks again by itself on a new connection when a kept one was closed; the first ones are new here.
        try await each(.close, attempts: DNSProvidersLimits.attemptsMax) { _, error in
            guard case .transport(let cause) = error.code, cause.isTransient else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a body beyond the limit is refused`() async throws {
        try await each(.json(String(repeating: " ", count: DNSProvidersLimits.answerBytesMax + 1))) { _, error in
            guard case .transport(let cause) = error.code, cause.code == .bodyTooLarge(limitBytes: DNSProvidersLimits.answerBytesMax) else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a redirect is no answer, and nobody gets our token by it`() async throws {
        let other = try FakeProvider { _ in .json("{}") }
        try await each(.json("{}", status: 302, fields: ["Location": other.url])) { _, error in
            guard case .answer = error.code else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(other.requests.isEmpty)
    }

    @Test func `a deeply nested body is refused`() async throws {
        let deep = String(repeating: "[", count: 5000)
        try await each(.json("{\"result\":\(deep)")) { _, _ in }
        try await each(.xml(String(repeating: "<a>", count: 5000))) { _, _ in }
    }
}

@Suite("Calls of a provider's API") struct ProviderAPITests {
    @Test func `waits grow, and an asked wait is kept to`() async throws {
        let time = ManualTime()
        let fake = try FakeProvider { request in
            switch request.number {
            case 0: .json("{}", status: 503)
            case 1: .json("{}", status: 503)
            case 2: .json("{}", status: 429, fields: ["Retry-After": "17"])
            default: .json("", status: 204)
            }
        }
        let provider = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: fake.url)), try Make.context(fake, time: time))
        try await provider.present(try Make.record("a.example"))
        #expect(time.slept == [.seconds(1), .seconds(2), .seconds(17)])
    }

    @Test func `a body that does not come is given up after its time, and asked for again`() async throws {
        let fake = try FakeProvider { _ in .stall }
        var context = try Make.context(fake)
        context.requestTimeout = .milliseconds(100)
        let provider = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: fake.url)), context)
        let record = try Make.record("a.example")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        guard case .transport(let cause)? = error?.code, cause.isTransient else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fake.requests.count == DNSProvidersLimits.attemptsMax)
    }

    @Test func `an answer that does not come is given up when the task is cancelled`() async throws {
        let fake = try FakeProvider { _ in .stall }
        let provider = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: fake.url)), try Make.context(fake))
        let record = try Make.record("a.example")
        let task = Task { await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) } }
        #expect(await eventually { !fake.requests.isEmpty })
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }

    @Test func `requests go through the operator's proxy`() async throws {
        let proxy = try FakeProvider { _ in .json("") }
        let context = try Make.context(proxy: .url(proxy.url, except: ""))
        let provider = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: "http://hook.invalid:81/x/")), context)
        try await provider.present(try Make.record("a.example"))
        #expect(proxy.requests.map(\.target) == ["http://hook.invalid:81/x/present"])
    }

    @Test func `what goes into URLs is encoded, what comes for them is checked`() {
        #expect(ProviderAPI.encoded("a b/ü~") == "a%20b%2F%C3%BC~")
        #expect(ProviderAPI.isIdentifier("Z1_a-2") && !ProviderAPI.isIdentifier("../x") && !ProviderAPI.isIdentifier(""))
        #expect(!ProviderAPI.isIdentifier(String(repeating: "a", count: 65)))
        #expect(ProviderAPI.zoneCandidates("_acme-challenge.a.b.c") == ["_acme-challenge.a.b.c", "a.b.c", "b.c"])
        #expect(ProviderAPI.zoneCandidates("c") == ["c"])
        #expect(ProviderAPI.unquoted("\"a\"") == "a" && ProviderAPI.unquoted("\"") == "\"" && ProviderAPI.unquoted("a") == "a")
    }
}
