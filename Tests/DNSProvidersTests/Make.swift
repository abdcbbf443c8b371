import Core
import DNS
import FoundationEssentials
import HTTPClient
import KubernetesAPI
import Logging
import Manifests
import Synchronization
import TestKit
import Testing

@testable import DNSProviders

/// Values that the tests share.
enum Make {
    static let secretText = "s3cr3t-T0ken_value"

    /// A context whose providers all are at one fake.
    static func context(
        _ fake: FakeProvider? = nil, time: any TimeSource = ManualTime(), proxy: HTTPProxy = .direct
    ) throws -> DNSProviderContext {
        var endpoints = ProviderEndpoints()
        if let fake {
            endpoints.cloudflare = fake.url + "/client/v4"
            endpoints.digitalOcean = fake.url
            endpoints.route53 = fake.url
            endpoints.securityTokens = fake.url
        }
        var configuration = HTTPClient.Configuration(proxy: proxy)
        configuration.timeouts = HTTPTimeouts()
        var context = DNSProviderContext(
            http: try HTTPClient(configuration), resolver: DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: 9)]), time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, endpoints: endpoints)
        context.amazon = AmazonEnvironment(variables: [:])
        return context
    }

    /// A provider whose Secrets all hold ``secretText``, or what is given for their names.
    static func provider(
        _ provider: DNS01Provider, _ context: DNSProviderContext, exec: ExecPermission = .refused(because: "not asked for"),
        permission: SolverPermission? = nil, secrets: [String: String] = [:]
    ) async throws(DNSProviderError) -> any DNSProvider {
        try await DNSProviders.make(
            DNS01Solver(provider: provider), context: context, permission: permission ?? SolverPermission(exec: exec)
        ) { selector in
            Array((secrets[selector.name] ?? secretText).utf8)
        }
    }

    /// The record for a name.
    static func record(_ host: String, token: String = "token", written name: String? = nil) throws -> ChallengeRecord {
        let domain = try DNSName(parsing: host)
        return ChallengeRecord(
            name: try name.map { try DomainName($0) } ?? ChallengeRecord.challengeName(of: domain), domain: domain, token: token,
            keyAuthorization: "\(token).thumbprint")
    }

    static func reference(_ name: String = "secret") -> SecretKeySelector { SecretKeySelector(name: name, key: "key") }

    /// The error of a call that must fail; it must not show the secret.
    static func failure(
        _ body: () async throws(DNSProviderError) -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> DNSProviderError? {
        do {
            try await body()
            Issue.record("did not fail", sourceLocation: sourceLocation)
            return nil
        } catch {
            #expect(!"\(error)".contains(secretText), sourceLocation: sourceLocation)
            #expect(!"\(error)".contains("\n"), sourceLocation: sourceLocation)
            return error
        }
    }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { (value: inout Value) in body(&value) }
    }
}
