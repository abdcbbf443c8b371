import Core
import DNS
import FoundationEssentials
import KubernetesAPI
import Logging
import TestKit
import Testing

@testable import DNSProviders

@Suite("rfc2136 at a real BIND 9", .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"))
struct RFC2136Tests {
    private let key = DNSBind.Key(name: "updates", algorithm: "hmac-sha256")

    private func resolver(_ bind: DNSBind) -> DNSResolver {
        DNSResolver(
            nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(bind.port))], authoritativePort: UInt16(bind.port))
    }

    private func settings(
        _ bind: DNSBind, _ algorithm: RFC2136Provider.TSIGAlgorithm = .hmacSHA256, _ transport: RFC2136Provider.TransportProtocol = .udp
    ) -> DNS01Provider {
        .rfc2136(
            RFC2136Provider(
                nameserver: "127.0.0.1:\(bind.port)", tsig: .init(keyName: key.name, algorithm: algorithm, secretRef: Make.reference()),
                transport: transport))
    }

    private func context(_ bind: DNSBind) throws -> DNSProviderContext {
        DNSProviderContext(
            http: try Make.context().http, resolver: resolver(bind), logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
    }

    private func flow(_ bind: DNSBind, _ solver: DNS01Solver) throws -> DNS01Flow {
        try DNS01Flow(
            solver: solver, resolver: resolver(bind),
            selfCheck: .init(timeout: .seconds(20), period: .milliseconds(100)),
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `apex and wildcard are presented, confirmed and removed one by one`() async throws {
        let bind = try await DNSBind(keys: [key])
        for transport in RFC2136Provider.TransportProtocol.allCases {
            let solver = DNS01Solver(provider: settings(bind, .hmacSHA256, transport))
            let provider = try await Make.provider(solver.provider, try context(bind), secrets: ["secret": key.secret + "\n"])
            let flow = try flow(bind, solver)
            let apex = try await flow.record(for: try DNSName(parsing: "example.test"), token: "a", keyAuthorization: "a.x")
            let wildcard = try await flow.record(for: try DNSName(parsing: "*.example.test"), token: "b", keyAuthorization: "b.x")
            async let first: Void = flow.present(apex, by: provider)
            async let second: Void = flow.present(wildcard, by: provider)
            _ = try await (first, second)
            try await flow.confirm(apex)
            try await flow.confirm(wildcard)
            try await flow.cleanUp(apex, by: provider)
            try await flow.cleanUp(apex, by: provider)
            #expect(try await resolver(bind).txt(apex.name) == [wildcard.value])
            try await flow.cleanUp(wildcard, by: provider)
            #expect(try await resolver(bind).txt(apex.name).isEmpty)
        }
    }

    @Test func `the record is written and found behind an alias`() async throws {
        let bind = try await DNSBind(
            records: [
                "_acme-challenge.www IN CNAME a.delegated", "a.delegated IN CNAME b.delegated",
                "_acme-challenge.circle IN CNAME c.delegated",
                "c.delegated IN CNAME _acme-challenge.circle",
            ], keys: [key])
        let solver = DNS01Solver(provider: settings(bind), cnameStrategy: .follow)
        let provider = try await Make.provider(solver.provider, try context(bind), secrets: ["secret": key.secret])
        let flow = try flow(bind, solver)
        let record = try await flow.record(for: try DNSName(parsing: "www.example.test"), token: "a", keyAuthorization: "a.x")
        #expect(record.name.text == "b.delegated.example.test")
        try await flow.present(record, by: provider)
        try await flow.confirm(record)
        try await flow.cleanUp(record, by: provider)
        #expect(try await resolver(bind).txt(record.name).isEmpty)
        let circle = try DNSName(parsing: "circle.example.test")
        let error = await Make.failure { () async throws(DNSProviderError) in
            _ = try await flow.record(for: circle, token: "a", keyAuthorization: "a.x")
        }
        guard case .dns? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `the self-check at the solver's own name servers`() async throws {
        let record = try Make.record("example.test")
        let bind = try await DNSBind(
            records: ["_acme-challenge IN TXT \"\(record.value)\"", "_acme-challenge.old IN TXT \"old\""], keys: [])
        let solver = DNS01Solver(provider: .unsupported(name: "x"), nameservers: ["127.0.0.1:\(bind.port)"])
        let flow = try DNS01Flow(
            solver: solver, resolver: DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: 9)]),
            selfCheck: .init(timeout: .milliseconds(300), period: .milliseconds(100)), logger: Logger(label: "t"))
        try await flow.confirm(record)
        let other = try Make.record("old.example.test")
        let error = await Make.failure { () async throws(DNSProviderError) in try await flow.confirm(other) }
        #expect(error?.description.contains("has other values: \"old\"") == true, "\(String(describing: error))")
    }

    @Test func `a server that does not take the key is told in words`() async throws {
        let bind = try await DNSBind(keys: [key])
        let record = try Make.record("example.test")
        for (secret, algorithm) in [("d3Jvbmcgc2VjcmV0IQ==", RFC2136Provider.TSIGAlgorithm.hmacSHA256), (key.secret, .hmacSHA512)] {
            let provider = try await Make.provider(settings(bind, algorithm), try context(bind), secrets: ["secret": secret])
            let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
            guard case .refused(let words)? = error?.code else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(!words.contains(secret))
        }
    }

    @Test func `a name outside of the server's zones is an error when writing`() async throws {
        let bind = try await DNSBind(keys: [key])
        let provider = try await Make.provider(settings(bind), try context(bind), secrets: ["secret": key.secret])
        let record = try Make.record("elsewhere.invalid")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error != nil)
    }

    @Test func `a standing record for dns-persist-01 is looked up`() async throws {
        let rules = try DNSPersist01(issuerDomainNames: ["ca.test"], accountURL: "https://ca.test/acct/1", keyThumbprint: "x")
        let bind = try await DNSBind(
            records: ["_validation-persist IN TXT \"ca.test;\" \" accounturi=https://ca.test/acct/1\""], keys: [])
        let now = Date(timeIntervalSince1970: 1_780_000_000)
        guard case .valid = try await rules.verify(try DNSName(parsing: "example.test"), with: resolver(bind), at: now) else {
            Issue.record("not found")
            return
        }
        let missing = try await rules.verify(try DNSName(parsing: "www.example.test"), with: resolver(bind), at: now)
        #expect(missing.description.hasPrefix("no dns-persist-01 record at _validation-persist.www.example.test; create: "))
        let nowhere = DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: 9)], timeouts: .init(total: .seconds(1)))
        guard case .unknown = try await rules.verify(try DNSName(parsing: "example.test"), with: nowhere, at: now) else {
            Issue.record("known")
            return
        }
    }
}
