import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Policies
import Routing
import Store
import TestKit
import Testing

@testable import Issuance

extension IssuancePolicySet {
    /// Policies from the inner lines of their `spec`s.
    static func of(_ specs: String...) throws -> IssuancePolicySet {
        let text = specs.enumerated().map { index, spec in
            "{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, metadata: {name: p\(index)}, spec: {\(spec)}}"
        }.joined(separator: "\n---\n")
        return try PolicyDocuments(reading: [PolicyDocuments.Source(file: "p.yaml", bytes: Array(text.utf8))]).issuancePolicies
    }
}

@Suite("Policies in the plan") struct PlannedPolicyTests {
    private let onlyA = "allowed: {dnsNames: [a.example]}"

    private func fact(_ world: World, _ policies: String...) throws -> CertificateFact {
        var input = try world.input()
        let text = try policies.map { try IssuancePolicySet.of($0).policies[0] }.enumerated().map { index, policy in
            var policy = policy
            policy.name = "p\(index)"
            return policy
        }
        input.policies = IssuancePolicySet(text)
        return try #require(Planner.facts(input).first)
    }

    @Test func `what is denied is blocked, with the reason`() throws {
        let fact = try fact(World(Make.ingress("a", tls: [(["b.example"], "tls")])), onlyA)
        let why = "no policy allows it: policy p0: dnsNames: got b.example, allowed is a.example"
        #expect(fact.state == .blocked && fact.reason == "DoesNotExist" && fact.policy == why && fact.message == "PolicyDenied: \(why)")
        #expect(try self.fact(World(Make.ingress("a", tls: [(["a.example"], "tls")])), onlyA).policy == nil)
    }

    @Test func `what is there is served; its renewal is asked about`() throws {
        var world = World(Make.ingress("a", tls: [(["b.example"], "tls")]), secrets: [try Make.ours("tls", ["b.example"])])
        let valid = try fact(world, onlyA)
        #expect(valid.state == .valid && valid.policy == nil)
        world.now = try #require(valid.renewAt).addingTimeInterval(1)
        let due = try fact(world, onlyA)
        #expect(due.state == .blocked && due.reason == "Renewing" && due.policy != nil && due.notAfter == valid.notAfter)
    }

    @Test(
        arguments: [
            // Upper case, a trailing dot, an encoded name, a wildcard for it, and a homograph, which is another name.
            ("B.EXAMPLE", false), ("b.example.", false), ("*.example", false), ("xn--b-example", true), ("а.example", true),
            ("a.example", true),
        ]
    ) func `no way to write a denied name gets around the denial`(_ written: String, _ isAllowed: Bool) throws {
        let fact = try fact(
            World(Make.ingress("a", tls: [([written], "tls")]), issuers: [Make.issuer("le", .selfSigned(SelfSignedIssuerSpec()))]),
            "allowed: {dnsNames: ['**'], wildcards: true}",
            "denied: [{dnsNames: [b.example], reason: nope}]")
        #expect((fact.policy == nil) == isAllowed, "\(fact)")
    }

    @Test func `an address among the hosts is an address`() throws {
        let world = World(
            Make.ingress("a", tls: [(["10.0.0.1"], "tls")]), issuers: [Make.issuer("le", .selfSigned(SelfSignedIssuerSpec()))])
        #expect(try fact(world, "allowed: {dnsNames: ['**']}").policy != nil)
        #expect(try fact(world, "allowed: {ipAddresses: [10.0.0.0/8]}").policy == nil)
    }

    @Test func `all names of a Secret are judged together, from whichever Ingress they come`() throws {
        let world = World(Make.ingress("a", tls: [(["a.example"], "tls")]), Make.ingress("b", tls: [(["b.example"], "tls")]))
        #expect(try fact(world, onlyA).policy != nil)
    }

    @Test func `a Certificate object is judged like an Ingress, and so is its common name`() throws {
        func world(_ commonName: String?) -> World {
            var world = World(issuers: [Make.issuer("le", .selfSigned(SelfSignedIssuerSpec()))])
            world.objects.append(
                .certificate(
                    CertificateResource(
                        metadata: ObjectMeta(namespace: "web", name: "c"),
                        spec: CertificateSpec(
                            secretName: "tls", dnsNames: ["a.example"], commonName: commonName,
                            issuerRef: IssuerReference(kind: "ClusterIssuer", name: "le", group: "cert-manager.io"), duration: "48h"))))
            return world
        }
        #expect(try fact(world(nil), onlyA).policy == nil)
        #expect(try fact(world("Bank of b.example"), onlyA).policy != nil)
        #expect(try fact(world("b.example"), onlyA).policy != nil)
        #expect(
            try fact(world(nil), "allowed: {dnsNames: [a.example], lifetime: {max: 24h}}").policy?.contains("lifetime: got 48h") == true)
    }

    @Test func `a CA that decides about lifetimes is not asked for one; the issuer's profile counts`() throws {
        var annotations = Make.clusterIssuer
        annotations["cert-manager.io/duration"] = "2000h"
        let ingress = Make.ingress("a", annotations, tls: [(["a.example"], "tls")])
        let limited = "allowed: {dnsNames: [a.example], lifetime: {max: 24h}}"
        #expect(try fact(World(ingress), limited).policy == nil)
        #expect(try fact(World(ingress, issuers: [Make.acme { $0.enableDurationFeature = true }]), limited).policy != nil)
        let profiles = "allowed: {dnsNames: [a.example], profiles: [shortlived]}"
        #expect(try fact(World(ingress), profiles).policy?.contains("profile: got none, allowed is shortlived") == true)
        #expect(try fact(World(ingress, issuers: [Make.acme { $0.profile = "shortlived" }]), profiles).policy == nil)
    }

    @Test func `labels of a namespace come from its object; without one they are not known, in a folder there are none`() throws {
        let labelled = "selector: {namespaceSelector: {matchLabels: {tenant: blue}}}, allowed: {dnsNames: [a.example]}"
        var world = World(Make.ingress("a", tls: [(["a.example"], "tls")]))
        #expect(try fact(world, labelled).policy?.contains("are not known") == true)
        world.settings.impliesNamespaces = true
        #expect(try fact(world, labelled).policy == nil, "no policy is about it")
        #expect(try fact(world, labelled, "default: deny").policy?.contains("denies by default") == true)
        world.objects.append(.namespace(Namespace(metadata: ObjectMeta(namespace: "", name: "web", labels: ["tenant": "blue"]))))
        #expect(try fact(world, labelled, "default: deny").policy == nil)
        // The name cannot be said otherwise.
        world.objects.append(
            .namespace(Namespace(metadata: ObjectMeta(namespace: "", name: "web", labels: ["kubernetes.io/metadata.name": "platform"]))))
        let named =
            "selector: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: platform}}}, allowed: {dnsNames: [a.example]}"
        #expect(try fact(world, named, "default: deny").policy != nil)
    }

    @Test func `a review shows what would be decided, for Ingresses of every class`() throws {
        let world = World(Make.ingress("a", className: "nginx", tls: [(["a.example"], "tls"), (["b.example"], "other")]))
        let (reviews, problems) = PolicyReview.all(ObjectSet(world.objects), world.settings, try .of(onlyA))
        #expect(problems.isEmpty && reviews.map(\.explanation?.isAllowed) == [false, true])
    }
}

@Suite("Policies and the controller") struct ControllerPolicyTests {
    @Test func `a denied certificate is not ordered, and is once policies allow it`() async throws {
        let bench = try Bench()
        try bench.write("issuer.yaml", Manifest.acme())
        try bench.start()
        try await bench.controller.adopt(.unknown("not read"))
        try bench.write("a.yaml", Manifest.ingress("a", hosts: ["a.example"]))
        let fact = try await bench.fact { $0.state == .blocked }
        #expect(fact.policy == "not read")
        await #expect(throws: RenewalRefusal.self) { try await bench.controller.renew(NamespacedName(namespace: "web", name: "tls")) }
        #expect(await bench.ca.counts.orders == 0)
        try await bench.controller.adopt(.permissive)
        try await bench.valid()
        await bench.stop()
    }

    @Test func `policies that come while an order is under way stop it; it goes on when they allow it again`() async throws {
        let bench = try Bench()
        await bench.ca.change { $0.authorizationPolls = 1_000_000 }
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        try await bench.eventually { await bench.ca.counts.orders == 1 }
        try await bench.controller.adopt(try .of("default: deny"))
        let denied = try await bench.fact { $0.state == .blocked }
        #expect(denied.failures == 0 && denied.policy?.contains("denies by default") == true)
        let explanation = try await bench.controller.policyExplanation(of: NamespacedName(namespace: "web", name: "tls"))
        #expect(explanation?.isAllowed == false && explanation?.summary == denied.policy)
        await bench.ca.change { $0.authorizationPolls = 0 }
        #expect(await bench.ca.counts.certificates == 0)
        try await bench.controller.adopt(try .of("allowed: {dnsNames: [a.example]}"))
        try await bench.valid()
        #expect(await bench.ca.counts.certificates == 1)
        await bench.stop()
    }
}
