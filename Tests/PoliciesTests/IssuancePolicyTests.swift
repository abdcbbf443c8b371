import Core
import Manifests
import Policies
import Testing

@Suite("Who may have which certificate") struct IssuancePolicyTests {
    @Test func `without policies everything is allowed`() throws {
        #expect(IssuancePolicySet([]).allows(try Make.intent("a.example")))
    }

    @Test func `names are refused unless they are listed`() throws {
        let set = try Make.set("allowed: {dnsNames: [a.example]}")
        #expect(set.allows(try Make.intent("a.example")))
        #expect(!set.allows(try Make.intent("a.example", "b.example")))
        #expect(!set.allows(try Make.intent("a.example", addresses: ["10.0.0.1"])))
        #expect(try !Make.set("allowed: {ipAddresses: [10.0.0.0/8]}").allows(Make.intent("a.example")))
    }

    @Test func `a wildcard needs a pattern that has all of it, and leave to be one`() throws {
        let name = try Make.intent("*.a.example")
        #expect(try !Make.set("allowed: {dnsNames: ['*.a.example']}").allows(name))
        #expect(try Make.set("allowed: {dnsNames: ['*.a.example'], wildcards: true}").allows(name))
        #expect(try !Make.set("allowed: {dnsNames: [www.a.example], wildcards: true}").allows(name))
    }

    @Test func `one policy has to allow all of it`() throws {
        let set = try Make.set("allowed: {dnsNames: [a.example]}", "allowed: {dnsNames: [b.example]}")
        #expect(set.allows(try Make.intent("a.example")))
        #expect(set.allows(try Make.intent("b.example")))
        #expect(!set.allows(try Make.intent("a.example", "b.example")))
    }

    @Test func `a denial counts more than any leave`() throws {
        let set = try Make.set(
            "allowed: {dnsNames: ['**'], wildcards: true}", "denied: [{dnsNames: [login.a.example], reason: not for you}]")
        #expect(set.allows(try Make.intent("a.example")))
        #expect(!set.allows(try Make.intent("a.example", "login.a.example")))
        #expect(set.verdict(on: try Make.intent("login.a.example")) == .denied("policy b denies login.a.example: not for you"))
        // It would have the name as well.
        #expect(!set.allows(try Make.intent("*.a.example")))
        #expect(set.allows(try Make.intent("*.b.example")))
    }

    @Test func `a policy that only denies asks for no leave`() throws {
        let set = try Make.set("denied: [{dnsNames: [login.a.example], reason: nope}]")
        #expect(set.allows(try Make.intent("a.example")))
        #expect(!set.allows(try Make.intent("LOGIN.a.example.")))
    }

    @Test func `addresses are denied in each way to write them`() throws {
        let set = try Make.set("denied: [{ipAddresses: [10.0.0.0/8], reason: nope}]")
        #expect(!set.allows(try Make.intent(addresses: ["10.1.2.3"])))
        #expect(!set.allows(try Make.intent(addresses: ["::ffff:10.1.2.3"])))
        #expect(set.allows(try Make.intent(addresses: ["11.1.2.3"])))
    }

    @Test func `what no policy is about is allowed, unless one says otherwise`() throws {
        let scoped = "selector: {namespaces: [other]}, allowed: {}"
        #expect(try Make.set(scoped).allows(Make.intent("a.example")))
        #expect(try !Make.set(scoped, "default: deny").allows(Make.intent("a.example")))
        #expect(try !Make.set("default: deny").allows(Make.intent("a.example")))
        #expect(try Make.set("default: deny", "allowed: {dnsNames: [a.example]}").allows(Make.intent("a.example")))
        // A denial that does not hit is no leave.
        #expect(try !Make.set("default: deny", "denied: [{dnsNames: [b.example], reason: nope}]").allows(Make.intent("a.example")))
        #expect(try Make.set("default: allow, selector: {namespaces: [other]}, allowed: {}").allows(Make.intent("a.example")))
    }

    @Test func `namespaces are selected by name and by label, issuers by kind and name`() throws {
        let set = try Make.set(
            "default: deny, selector: {namespaces: ['team-*'], namespaceSelector: {matchLabels: {tier: web}, matchExpressions: "
                + "[{key: env, operator: NotIn, values: [test]}]}, issuers: [{kind: ClusterIssuer, name: 'le-*'}, {kind: Issuer}]}, "
                + "allowed: {dnsNames: ['**']}")
        let issuer = CertificateIntent.Issuer(kind: "ClusterIssuer", name: "le-1")
        #expect(set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "web"], from: issuer)))
        #expect(set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "web"], from: .init(kind: "Issuer", name: "x"))))
        #expect(!set.allows(try Make.intent("a.b", in: "steam-a", labels: ["tier": "web"], from: issuer)))
        #expect(!set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "db"], from: issuer)))
        #expect(!set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "web", "env": "test"], from: issuer)))
        #expect(!set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "web"], from: .init(kind: "ClusterIssuer", name: "x"))))
        #expect(!set.allows(try Make.intent("a.b", in: "team-a", labels: ["tier": "web"], from: .init(kind: "Issuer2", name: "le-1"))))
    }

    @Test func `labels that are not known are no leave, and no way around a denial`() throws {
        let selector = "selector: {namespaceSelector: {matchLabels: {a: b}}}"
        let unknown = try Make.intent("a.example", labels: nil)
        #expect(try !Make.set("\(selector), allowed: {dnsNames: ['**']}").allows(unknown))
        #expect(try !Make.set("\(selector), denied: [{dnsNames: [a.example], reason: nope}]").allows(unknown))
        #expect(try Make.set("\(selector), denied: [{dnsNames: [b.example], reason: nope}]").allows(unknown))
        // Another policy that needs no labels may allow it.
        #expect(try Make.set("\(selector), allowed: {}", "allowed: {dnsNames: [a.example]}").allows(unknown))
        // Labels are of no interest where something else is against it already.
        #expect(try Make.set("selector: {namespaces: [x], namespaceSelector: {matchLabels: {a: b}}}, allowed: {}").allows(unknown))
    }

    @Test func `keys, lifetimes, profiles and the number of names are free unless they are limited`() throws {
        let free = try Make.set("allowed: {dnsNames: ['**']}")
        #expect(free.allows(try Make.intent("a.b", key: .init(.rsa, bits: 1024), lifetime: .days(9999), profile: "x")))
        let keys = try Make.set(
            "allowed: {dnsNames: ['**'], privateKeys: [{algorithm: RSA, minSize: 3072, maxSize: 4096}, {algorithm: Ed25519}]}")
        #expect(keys.allows(try Make.intent("a.b", key: .init(.rsa, bits: 3072))))
        #expect(keys.allows(try Make.intent("a.b", key: .init(.rsa, bits: 4096))))
        #expect(keys.allows(try Make.intent("a.b", key: .init(.ed25519, bits: 256))))
        #expect(!keys.allows(try Make.intent("a.b", key: .init(.rsa, bits: 2048))))
        #expect(!keys.allows(try Make.intent("a.b", key: .init(.rsa, bits: 8192))))
        #expect(!keys.allows(try Make.intent("a.b")))
        let lifetimes = try Make.set("allowed: {dnsNames: ['**'], lifetime: {min: 1h, max: 24h}}")
        #expect(lifetimes.allows(try Make.intent("a.b", lifetime: .hours(1))))
        #expect(lifetimes.allows(try Make.intent("a.b", lifetime: .hours(24))))
        #expect(lifetimes.allows(try Make.intent("a.b")))
        #expect(!lifetimes.allows(try Make.intent("a.b", lifetime: .seconds(3599))))
        #expect(!lifetimes.allows(try Make.intent("a.b", lifetime: .seconds(86_401))))
        let profiles = try Make.set("allowed: {dnsNames: ['**'], profiles: [short]}")
        #expect(profiles.allows(try Make.intent("a.b", profile: "short")))
        #expect(!profiles.allows(try Make.intent("a.b", profile: "long")))
        #expect(!profiles.allows(try Make.intent("a.b")))
        #expect(try Make.set("allowed: {dnsNames: ['**'], profiles: [short, '']}").allows(Make.intent("a.b")))
        let few = try Make.set("allowed: {dnsNames: ['**'], ipAddresses: [0.0.0.0/0], maxNames: 2}")
        #expect(few.allows(try Make.intent("a.b", addresses: ["1.1.1.1"])))
        #expect(!few.allows(try Make.intent("a.b", "c.d", addresses: ["1.1.1.1"])))
    }

    @Test func `a common name that says something of its own needs leave`() throws {
        let set = try Make.set("allowed: {dnsNames: [a.example], ipAddresses: [10.0.0.1], commonNames: ['Shop *']}")
        #expect(set.allows(try Make.intent("a.example", commonName: "a.example")))
        #expect(set.allows(try Make.intent("a.example", commonName: "A.Example.")))
        #expect(set.allows(try Make.intent("a.example", commonName: "Shop 1")))
        #expect(set.allows(try Make.intent("a.example", addresses: ["10.0.0.1"], commonName: "10.0.0.1")))
        #expect(!set.allows(try Make.intent("a.example", commonName: "login.bank.example")))
        #expect(!set.allows(try Make.intent("a.example", commonName: "*.a.example")))
        #expect(!set.allows(try Make.intent("a.example", commonName: "a.example\u{0}.evil.example")))
        #expect(!set.allows(try Make.intent("a.example", commonName: "10.0.0.1")))
    }

    @Test func `policies that are not known refuse everything, and say why`() throws {
        let set = IssuancePolicySet.unknown("the ConfigMap is broken")
        #expect(set.verdict(on: try Make.intent("a.example")) == .denied("the ConfigMap is broken"))
    }

    @Test func `an explanation names each rule, what was got and what is allowed`() throws {
        let set = try Make.set("selector: {namespaces: [x]}, allowed: {}", "allowed: {dnsNames: ['*.a.example'], maxNames: 1}")
        let explanation = set.explanation(of: try Make.intent("x.a.example", "b.example"))
        #expect(explanation.policies.map(\.selection) == [.notSelected, .selected])
        #expect(explanation.policies[0].why == "namespace shop is not x")
        let refused = explanation.policies[1].rules?.filter { !$0.isAllowed }.map { "\($0.rule.rawValue): \($0.got): \($0.allowed)" }
        #expect(refused == ["dnsNames: b.example: *.a.example", "maxNames: 2: at most 1"])
        #expect(
            explanation.summary
                == "no policy allows it: policy b: dnsNames: got b.example, allowed is *.a.example, maxNames: got 2, allowed is at most 1")
    }

    @Test func `a long list is cut in messages`() throws {
        var intent = try Make.intent()
        intent.dnsNames = try (0..<100).map { try DNSName(parsing: "host-\($0).example") }
        guard case .denied(let why) = try Make.set("allowed: {}").verdict(on: intent) else { return #expect(Bool(false)) }
        #expect(why.contains("and 95 more") && why.utf8.count < 300)
    }
}

@Suite("Shipped policies") struct ShippedPolicyTests {
    @Test func `the default allows everything, and gives way to any other policy`() throws {
        let set = IssuancePolicySet.permissive
        #expect(set.outage == nil && set.policies.map(\.name) == ["permissive"])
        #expect(
            set.allows(
                try Make.intent(
                    "*.a.example", "b.example", labels: nil, addresses: ["10.0.0.1", "::1"], key: .init(.rsa, bits: 2048),
                    lifetime: .days(3000),
                    profile: "x", commonName: "anything")))
        #expect(try Make.documents("").issuancePolicies == set)
        let other = try Make.documents(
            "{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, metadata: {name: x}, spec: {default: deny}}")
        #expect(other.issuancePolicies.policies.map(\.name) == ["x"])
    }

    private func allows(_ name: String, _ namespace: String, _ labels: [String: String]? = [:], _ issuer: String = "letsencrypt-prod")
        throws -> Bool
    {
        var all = labels
        all?["kubernetes.io/metadata.name"] = namespace
        return IssuancePolicySet.tenantsExample.allows(
            try Make.intent(name, in: namespace, labels: all, from: .init(kind: "ClusterIssuer", name: issuer)))
    }

    @Test func `tenants get their own names and nobody else's`() throws {
        #expect(IssuancePolicySet.tenantsExample.outage == nil)
        let blue = ["tenant": "blue"]
        #expect(try allows("blue.example.com", "b1", blue))
        #expect(try allows("x.y.blue.example.com", "b1", blue))
        #expect(try allows("*.blue.example.com", "b1", blue))
        #expect(try !allows("*.example.com", "b1", blue))
        #expect(try !allows("green.example.com", "b1", blue))
        #expect(try !allows("blue.example.com", "b1"))
        #expect(try !allows("blue.example.com", "b1", nil))
        #expect(try !allows("blue.example.com", "b1", blue, "my-own"))
        #expect(try allows("shop.green.example.com", "green-1"))
        #expect(try allows("pr-12.preview.example.com", "green"))
        #expect(try !allows("a.shop.green.example.com", "green"))
        #expect(try !allows("*.green.example.com", "green"))
        #expect(try !allows("shop.green.example.com", "greenish"))
        #expect(try allows("shop.green.svc.cluster.local", "green", [:], "internal-ca"))
        #expect(try !allows("shop.green.svc.cluster.local", "green"))
        #expect(try allows("login.example.com", "platform"))
        #expect(try !allows("login.example.com", "b1", blue))
        #expect(try !allows("nobody.example", "default"))
    }
}
