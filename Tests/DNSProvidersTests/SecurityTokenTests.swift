import Core
import FoundationEssentials
import KubernetesAPI
import Synchronization
import TestKit
import Testing

@testable import DNSProviders

/// Route 53 and the Security Token Service at one address, which say whose credentials they were asked with.
private final class FakeAmazon: Sendable {
    struct State {
        /// What the token service answers instead, first to last.
        var interruptions: [FakeProvider.Answer] = []
        var lifetime = 3600.0
        var fraction = ""
        /// Forms that the token service got.
        var asked: [[String: String]] = []
        /// `Authorization` of those requests, nil for none.
        var authorizations: [String?] = []
        /// The security token and the key that Route 53 was asked with.
        var used: [String] = []
    }

    static let temporarySecret = "temporary/Secret+1"

    let state = Shared(State())
    private let time: ManualTime

    init(_ time: ManualTime) { self.time = time }

    func answer(_ request: FakeProvider.Request) -> FakeProvider.Answer {
        state.with { state in
            guard request.method == "POST", request.path == "/" else { return route53(request, &state) }
            var form: [String: String] = [:]
            for pair in request.text.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                form[parts[0]] = parts.count > 1 ? parts[1].replacing("%3A", with: ":").replacing("%2F", with: "/") : ""
            }
            state.asked.append(form)
            state.authorizations.append(request.fields["authorization"])
            if !state.interruptions.isEmpty { return state.interruptions.removeFirst() }
            return credentials(form["Action"] ?? "", state)
        }
    }

    private func credentials(_ action: String, _ state: State) -> FakeProvider.Answer {
        let end = time.now().addingTimeInterval(state.lifetime).formatted(.iso8601).replacing("Z", with: state.fraction + "Z")
        return FakeAmazon.answer(action, expiration: end, number: state.asked.count)
    }

    static func answer(
        _ action: String, id: String? = nil, secret: String = temporarySecret, token: String? = nil, expiration: String, number: Int = 1
    ) -> FakeProvider.Answer {
        .xml(
            """
            <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result><AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser>\
            <Credentials><AccessKeyId>\(id ?? "ASIA\(number)")</AccessKeyId><SecretAccessKey>\(secret)</SecretAccessKey>\
            <SessionToken>\(token ?? "session-\(number)")</SessionToken><Expiration>\(expiration)</Expiration></Credentials>\
            </\(action)Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></\(action)Response>
            """)
    }

    static func failure(_ status: Int, _ code: String, _ words: String) -> FakeProvider.Answer {
        .xml(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>\(code)</Code>"
                + "<Message>\(words)</Message></Error><RequestId>r</RequestId></ErrorResponse>", status: status)
    }

    private func route53(_ request: FakeProvider.Request, _ state: inout State) -> FakeProvider.Answer {
        let key = request.fields["authorization"]?.split(separator: "=").dropFirst().first?.prefix { $0 != "/" } ?? "none"
        state.used.append("\(key) \(request.fields["x-amz-security-token"] ?? "-")")
        switch request.method {
        case "POST":
            return .xml("<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id></ChangeInfo></ChangeResourceRecordSetsResponse>")
        default:
            if request.path.hasSuffix("/change/C1") {
                return .xml("<GetChangeResponse><ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status></ChangeInfo></GetChangeResponse>")
            }
            return .xml(
                "<ListResourceRecordSetsResponse><ResourceRecordSets/><IsTruncated>false</IsTruncated></ListResourceRecordSetsResponse>")
        }
    }
}

@Suite("Temporary credentials for Route 53, STS API 2011-06-15") struct SecurityTokenTests {
    private static let role = "arn:aws:iam::123456789012:role/dns"

    private let time = ManualTime()
    private let cloud: FakeAmazon
    private let fake: FakeProvider

    init() throws {
        let cloud = FakeAmazon(time)
        self.cloud = cloud
        fake = try FakeProvider { cloud.answer($0) }
    }

    private var key: Route53Provider.AccessKey { .init(id: .text("AKIDEXAMPLE"), secretRef: Make.reference()) }

    private func settings(_ key: Route53Provider.AccessKey? = nil, role: String? = SecurityTokenTests.role, account: String? = nil)
        -> Route53Provider
    {
        Route53Provider(accessKey: key, role: role, serviceAccountName: account, hostedZoneID: "Z1", region: "eu-central-1")
    }

    private func present(
        _ settings: Route53Provider, _ context: DNSProviderContext, ambient: Bool = false, namespace: String = "web",
        secrets: [String: String] = [:]
    ) async throws(DNSProviderError) {
        let permission = SolverPermission(exec: .refused(because: ""), usesAmbientCredentials: ambient, namespace: namespace)
        let provider = try await Make.provider(.route53(settings), context, permission: permission, secrets: secrets)
        let record: ChallengeRecord
        do { record = try Make.record("www.example.com") } catch { throw DNSProviderError(.configuration("\(error)"), "test") }
        try await provider.present(record)
    }

    private func context(
        _ variables: [String: String] = [:], tokens: ServiceAccountTokens? = nil
    ) throws -> DNSProviderContext {
        var context = try Make.context(fake, time: time)
        context.amazon = AmazonEnvironment(variables: variables)
        context.serviceAccountTokens = tokens
        return context
    }

    private var asked: [[String: String]] { cloud.state.with { $0.asked } }
    private var used: Set<String> { cloud.state.with { Set($0.used) } }

    @Test func `a role is assumed with the access key, signed, and kept until five minutes before its end`() async throws {
        let context = try context()
        for _ in 0..<3 { try await present(settings(key), context) }
        #expect(
            asked == [
                ["Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": Self.role, "RoleSessionName": "certctl"]
            ])
        let authorization = cloud.state.with { $0.authorizations.first ?? nil }
        #expect(
            authorization?.contains("Credential=AKIDEXAMPLE/") == true && authorization?.contains("/eu-central-1/sts/aws4_request") == true)
        #expect(authorization?.contains("SignedHeaders=content-type;host;x-amz-date,") == true)
        #expect(used == ["ASIA1 session-1"])
        time.advance(by: .seconds(3600 - 301))
        try await present(settings(key), context)
        #expect(asked.count == 1)
        time.advance(by: .seconds(2))
        try await present(settings(key), context)
        #expect(asked.count == 2 && used == ["ASIA1 session-1", "ASIA2 session-2"])
    }

    @Test func `who names another's access key with another secret does not get that one's credentials`() async throws {
        let context = try context()
        try await present(settings(key), context)
        try await present(settings(key), context, secrets: ["secret": "guessed"])
        #expect(asked.count == 2)
        try await present(settings(key, role: "arn:aws:iam::123456789012:role/other"), context)
        #expect(asked.count == 3)
    }

    @Test func `a token of a ServiceAccount for the role, as its issuer's namespace has it, unsigned`() async throws {
        let got = Shared<[String]>([])
        let context = try context { namespace, name, audiences in
            got.with { $0.append("\(namespace)/\(name) \(audiences)") }
            return Array("head.body.\(Make.secretText)\n".utf8)
        }
        for namespace in ["web", "web", "other"] { try await present(settings(account: "dns"), context, namespace: namespace) }
        #expect(got.with { $0 } == ["web/dns [\"sts.amazonaws.com\"]", "other/dns [\"sts.amazonaws.com\"]"])
        #expect(asked.map { $0["Action"] } == ["AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentity"])
        #expect(asked.first?["WebIdentityToken"] == "head.body.\(Make.secretText)" && asked.first?["RoleArn"] == Self.role)
        #expect(cloud.state.with { $0.authorizations.allSatisfy { $0 == nil } })
        #expect(used == ["ASIA1 session-1", "ASIA2 session-2"])
    }

    @Test func `the environment's key, and what EKS puts there, are for whom they are permitted only`() async throws {
        let fixed = ["AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": Make.secretText, "AWS_SESSION_TOKEN": "envtoken"]
        let folder = try TemporaryFolder("certctl-irsa")
        try folder.write("web.identity.token\n", to: "token")
        let irsa = ["AWS_ROLE_ARN": Self.role, "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/token", "AWS_REGION": "us-west-2"]
        for variables in [fixed, irsa] {
            let context = try context(variables)
            let refused = await Make.failure { () async throws(DNSProviderError) in try await present(settings(role: nil), context) }
            #expect(refused?.description.contains("for ClusterIssuers only") == true)
        }
        #expect(fake.requests.isEmpty)

        try await present(settings(role: nil), try context(fixed), ambient: true)
        #expect(used == ["AKENV envtoken"] && asked.isEmpty)
        try await present(settings(role: nil), try context(irsa), ambient: true)
        #expect(used == ["AKENV envtoken", "ASIA1 session-1"] && asked.first?["WebIdentityToken"] == "web.identity.token")
        // A role of the solver is assumed with what the environment gave.
        try await present(settings(), try context(irsa), ambient: true)
        #expect(asked.map { $0["Action"] } == ["AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentity", "AssumeRole"])
        #expect(used.contains("ASIA3 session-3"))

        let bare = try context()
        let none = await Make.failure { () async throws(DNSProviderError) in try await present(settings(role: nil), bare, ambient: true) }
        #expect(none?.description.contains("nothing else is looked at") == true)
    }

    @Test func `settings that cannot work are refused before anybody is asked`() async throws {
        let tokens: ServiceAccountTokens = { _, _, _ in Array("t".utf8) }
        struct Forbidden: Error, CustomStringConvertible { let description = "create serviceaccounts/token web/dns: forbidden (403)" }
        let cases: [(Route53Provider, ServiceAccountTokens?, String)] = [
            (settings(role: nil, account: "dns"), tokens, "role is missing"),
            (settings(account: "dns"), nil, "only a cluster has tokens"),
            (settings(account: "dns"), { _, _, _ in throw Forbidden() }, "forbidden (403)"),
            (settings(account: "dns"), { _, _, _ in Array("two words".utf8) }, "not usable"),
            (settings(account: "dns"), { _, _, _ in [UInt8](repeating: 0x41, count: 20_001) }, "not usable"),
            (settings(key, role: "dns"), nil, "not the ARN of a role"),
            (settings(key, role: "arn:aws:iam::1:role/x y"), nil, "not the ARN"),
            (settings(key, role: "arn:" + String(repeating: "x", count: 2045)), nil, "not the ARN"),
        ]
        for (settings, tokens, words) in cases {
            let context = try context(tokens: tokens)
            let error = await Make.failure { () async throws(DNSProviderError) in try await present(settings, context) }
            guard case .configuration? = error?.code, error?.description.contains(words) == true else {
                Issue.record("\(words): \(String(describing: error))")
                continue
            }
        }
        #expect(fake.requests.isEmpty)
        let gone = try context(["AWS_ROLE_ARN": Self.role, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token"])
        let error = await Make.failure { () async throws(DNSProviderError) in try await present(settings(role: nil), gone, ambient: true) }
        #expect(error?.description.contains("AWS_WEB_IDENTITY_TOKEN_FILE \"/nonexistent/token\" cannot be read") == true)
    }

    @Test func `throttling is waited out, and a refusal is told without a credential`() async throws {
        cloud.state.with {
            $0.interruptions = [
                FakeAmazon.failure(400, "Throttling", "Rate exceeded"), FakeAmazon.failure(503, "ServiceUnavailable", "later"),
                FakeAmazon.failure(400, "IDPCommunicationError", "again"),
            ]
        }
        try await present(settings(key), try context())
        #expect(asked.count == 4 && used == ["ASIA4 session-4"])
        cloud.state.with {
            $0.interruptions = [FakeAmazon.failure(403, "AccessDenied", "\(Make.secretText) is not authorized to perform: sts:AssumeRole")]
        }
        let other = try context()
        let refused = await Make.failure { () async throws(DNSProviderError) in try await present(settings(key), other) }
        guard case .refused? = refused?.code else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(
            refused?.description.contains("AssumeRole of \"\(Self.role)\"") == true && refused?.description.contains("AccessDenied") == true
        )
    }

    @Test func `answers that no token service should give are errors, and nothing of them is kept`() async throws {
        let soon = time.now().addingTimeInterval(3600).formatted(.iso8601)
        let past = time.now().addingTimeInterval(-1).formatted(.iso8601)
        let answers: [(FakeProvider.Answer, String)] = [
            (.xml("<AssumeRoleResponse/>"), "no credentials"), (.xml("<AssumeRoleWithWebIdentityResponse/>"), "no credentials"),
            (.xml("{\"json\": true}"), "not XML"), (.xml("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "not XML"), (.xml(""), "not XML"),
            (FakeAmazon.answer("AssumeRoleWithWebIdentity", expiration: soon), "no credentials"),
            (FakeAmazon.answer("AssumeRole", id: "AK ID", expiration: soon), "cannot be used"),
            (FakeAmazon.answer("AssumeRole", secret: "", expiration: soon), "cannot be used"),
            (FakeAmazon.answer("AssumeRole", token: "a\nX-Evil: b", expiration: soon), "cannot be used"),
            (FakeAmazon.answer("AssumeRole", token: String(repeating: "t", count: 20_001), expiration: soon), "cannot be used"),
            (FakeAmazon.answer("AssumeRole", expiration: past), "ended already"),
            (FakeAmazon.answer("AssumeRole", expiration: "tomorrow"), "when its credentials end"),
        ]
        let context = try context()
        for (answer, words) in answers {
            cloud.state.with { $0.interruptions = [answer] }
            let error = await Make.failure { () async throws(DNSProviderError) in try await present(settings(key), context) }
            guard case .answer? = error?.code, error?.description.contains(words) == true else {
                Issue.record("\(words): \(String(describing: error))")
                continue
            }
        }
        #expect(used.isEmpty)
        cloud.state.with { $0.fraction = ".123" }
        try await present(settings(key), context)
        #expect(used.count == 1)
    }

    @Test(arguments: [
        (nil, "sts.amazonaws.com"), ("eu-central-1", "sts.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ])
    func `each region has its own endpoint`(region: String?, host: String) {
        #expect(SecurityTokenService.host(region) == host)
    }
}
