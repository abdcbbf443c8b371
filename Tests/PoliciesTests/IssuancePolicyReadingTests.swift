import Core
import Manifests
import Policies
import Testing

@Suite("IssuancePolicy documents are read strictly") struct IssuancePolicyReadingTests {
    private func message(_ text: String) -> String? {
        do {
            _ = try Make.documents(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func message(spec: String) -> String? {
        message("apiVersion: certctl.dev/v1alpha1\nkind: IssuancePolicy\nmetadata: {name: p}\nspec:\n  \(spec)\n")
    }

    @Test(
        arguments: [
            ("alowed: {}", "unknown field \"alowed\""), ("allowed: {dnsName: [a.example]}", "unknown field \"dnsName\""),
            ("selector: {namespace: [a]}", "unknown field \"namespace\""),
            ("{default: deny, denied: [{reason: x, names: []}]}", "unknown field \"names\""),
            ("selector: {namespaceSelector: {matchLabel: {}}}", "unknown field \"matchLabel\""),
            ("allowed: {lifetime: {maximum: 1h}}", "unknown field \"maximum\""),
            ("allowed: {privateKeys: [{algo: RSA}]}", "unknown field \"algo\""),
            ("allowed:", "has no value"), ("allowed: {dnsNames: }", "has no value"), ("denied: ~", "has no value"),
            ("{}", "says nothing"), ("default: allow", "says nothing"), ("default: Deny", "got \"Deny\", allowed are allow, deny"),
            ("allowed: {dnsNames: ['a b']}", "not a pattern for DNS names: got \"a b\""),
            ("allowed: {dnsNames: [10.0.0.1]}", "not a pattern"),
            ("allowed: {dnsNames: a.example}", "expected a list, got a string"),
            ("allowed: {ipAddresses: [10.0.0.1/8]}", "the range is 10.0.0.0/8"),
            ("allowed: {wildcards: 1}", "expected true or false"), ("allowed: {maxNames: 0}", "got 0"),
            ("allowed: {maxNames: '3'}", "expected a whole number"),
            ("allowed: {profiles: []}", "the list is empty"), ("allowed: {privateKeys: []}", "the list is empty"),
            ("{default: deny, selector: {namespaces: []}}", "the list is empty"),
            ("{default: deny, selector: {issuers: []}}", "the list is empty"),
            ("{default: deny, selector: {namespaceSelector: {}}}", "the selector is empty"),
            (
                "{default: deny, selector: {namespaceSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}}",
                "got \"in\", allowed are In"
            ),
            ("{default: deny, selector: {namespaceSelector: {matchExpressions: [{key: a, operator: In}]}}}", "needs at least one value"),
            (
                "{default: deny, selector: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}}",
                "takes no values"
            ),
            ("{default: deny, selector: {issuers: [{kind: issuer}]}}", "got \"issuer\", allowed are Issuer, ClusterIssuer"),
            ("{default: deny, selector: {issuers: [letsencrypt]}}", "expected a mapping"),
            ("denied: [{dnsNames: [a.example]}]", "reason: the field is missing"), ("denied: [{reason: x}]", "denies nothing"),
            ("denied: [{reason: '', dnsNames: [a.example]}]", "the field is empty"), ("denied: {reason: x}", "expected a list"),
            ("allowed: {lifetime: {min: 2h, max: 1h}}", "min is above max"), ("allowed: {lifetime: {max: 90d}}", "not a duration"),
            ("allowed: {privateKeys: [{algorithm: rsa}]}", "got \"rsa\", allowed are RSA, ECDSA, Ed25519"),
            ("allowed: {privateKeys: [{algorithm: RSA, minSize: 4096, maxSize: 2048}]}", "minSize is negative or above maxSize"),
            ("allowed: {privateKeys: [{algorithm: Ed25519, minSize: 1}]}", "one size"),
            ("allowed: {dnsNames: [a.example, 7]}", "expected a string"),
            ("{allowed: {}, allowed: {dnsNames: ['**']}}", "allowed"),
        ]
    ) func `a mistake is refused, with file and line`(_ spec: String, _ words: String) throws {
        let said = try #require(message(spec: spec), "it was accepted")
        #expect(said.contains(words), "\(said)")
        #expect(said.hasPrefix("policies.yaml") && said.contains("5"), "\(said)")
    }

    @Test func `a reason is bounded`() throws {
        let reason = String(repeating: "x", count: PolicyLimits.reasonBytesMax)
        #expect(message(spec: "denied: [{wildcards: true, reason: \(reason)}]") == nil)
        #expect(try #require(message(spec: "denied: [{wildcards: true, reason: \(reason)x}]")).contains("the limit is 300"))
    }

    @Test func `a list is bounded`() throws {
        func names(_ count: Int) -> String { (0..<count).map { "a\($0).b" }.joined(separator: ", ") }
        #expect(message(spec: "allowed: {dnsNames: [\(names(PolicyLimits.listMax))]}") == nil)
        #expect(try #require(message(spec: "allowed: {dnsNames: [\(names(PolicyLimits.listMax + 1))]}")).contains("the limit is 10000"))
    }

    @Test(
        arguments: [
            (
                "{apiVersion: certctl.dev/v1, kind: IssuancePolicy, metadata: {name: a}, spec: {default: deny}}",
                "allowed is \"certctl.dev/v1alpha1\""
            ),
            (
                "{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolcy, metadata: {name: a}}",
                "got \"IssuancePolcy\", allowed are IssuancePolicy, TLSPolicy"
            ),
            ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "got \"ConfigMap\""), ("just text", "a policy"), ("[]", "a policy"),
            ("{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, spec: {default: deny}}", "metadata"),
            ("{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, metadata: {}, spec: {default: deny}}", "name"),
            ("a: [", "policies.yaml"),
        ]
    ) func `a document that is no policy is refused, not passed over`(_ text: String, _ words: String) throws {
        #expect(try #require(message(text)).contains(words))
    }

    @Test func `two policies of one name are refused`() throws {
        let one = "{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, metadata: {name: a}, spec: {default: deny}}"
        let said = try #require(message("\(one)\n---\n\(one)"))
        #expect(said.contains("IssuancePolicy a is also at policies.yaml:1"))
    }

    @Test func `one wrong document refuses those before it as well`() {
        let good = "{apiVersion: certctl.dev/v1alpha1, kind: IssuancePolicy, metadata: {name: a}, spec: {default: deny}}"
        #expect(throws: ManifestError.self) { try Make.documents("\(good)\n---\n{kind: IssuancePolicy}") }
    }

    @Test func `documents of other readers are left to them`() throws {
        #expect(try Make.documents("{kind: TLSPolicy, whatever: 1}").issuance.isEmpty)
    }
}

@Suite("Policies, properties") struct PolicyPropertyTests {
    /// A small world, so that names and patterns meet often.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }

        mutating func name() -> String {
            (0..<Int.random(in: 1...3, using: &self)).map { _ in ["a", "b", "ab", "xn--bcher-kva"].randomElement(using: &self) ?? "a" }
                .joined(separator: ".") + ".c"
        }

        mutating func host() -> String { Bool.random(using: &self) ? name() : "*." + name() }

        mutating func pattern() -> String {
            let labels = (0..<Int.random(in: 1...3, using: &self)).map { index in
                ["a", "b", "*", "a*", "*b", index == 0 ? "**" : "ab"].randomElement(using: &self) ?? "a"
            }
            return labels.joined(separator: ".") + ".c"
        }

        mutating func intent() throws -> CertificateIntent {
            var intent = try Make.intent(
                in: ["n", "m"].randomElement(using: &self) ?? "n", labels: [[:], ["l": "1"], nil].randomElement(using: &self) ?? nil)
            intent.dnsNames = try (0..<Int.random(in: 1...3, using: &self)).map { _ in try DNSName(parsing: host()) }
            return intent
        }

        mutating func patterns() throws -> [DNSNamePattern] {
            try (0..<Int.random(in: 0...3, using: &self)).map { _ in try DNSNamePattern(parsing: pattern()) }
        }

        mutating func policy(_ name: String) throws -> IssuancePolicy {
            var policy = IssuancePolicy(name: name)
            if Bool.random(using: &self) { policy.selector.namespaces = [TextPattern(Bool.random(using: &self) ? "n" : "m*")] }
            if Int.random(in: 0..<3, using: &self) == 0 {
                policy.selector.namespaceLabels = LabelSelector([.init(key: "l", operator: .isIn, values: ["1"])])
            }
            if Int.random(in: 0..<3, using: &self) > 0 {
                var allowed = IssuancePolicy.Allowed()
                allowed.dnsNames = try patterns()
                allowed.wildcards = Bool.random(using: &self)
                policy.allowed = allowed
            }
            if Int.random(in: 0..<3, using: &self) == 0 {
                var denial = IssuancePolicy.Denial(reason: "no")
                denial.dnsNames = try patterns()
                policy.denials = [denial]
            }
            policy.deniesByDefault = Int.random(in: 0..<4, using: &self) == 0
            return policy
        }

        mutating func policies() throws -> [IssuancePolicy] {
            try (0..<Int.random(in: 0...4, using: &self)).map { try policy("p\($0)") }
        }
    }

    @Test(arguments: 0..<8) func `more leave never makes a yes a no; more denials never make a no a yes`(seed: UInt64) throws {
        var random = Random(state: seed)
        for _ in 0..<100 {
            let policies = try random.policies()
            let intent = try random.intent()
            let before = IssuancePolicySet(policies).allows(intent)
            guard let index = policies.indices.randomElement(using: &random) else { continue }
            var wider = policies
            wider[index].allowed?.dnsNames.append(try DNSNamePattern(parsing: random.pattern()))
            if Bool.random(using: &random) { wider[index].allowed?.wildcards = true }
            if before { #expect(IssuancePolicySet(wider).allows(intent)) }
            var narrower = policies
            var denial = IssuancePolicy.Denial(reason: "no")
            denial.dnsNames = [try DNSNamePattern(parsing: random.pattern())]
            narrower[index].denials.append(denial)
            if !before { #expect(!IssuancePolicySet(narrower).allows(intent)) }
            var defaulted = policies
            defaulted[index].deniesByDefault = true
            if !before { #expect(!IssuancePolicySet(defaulted).allows(intent)) }
            // The order in which they are read is of no interest.
            #expect(IssuancePolicySet(policies.shuffled(using: &random)).allows(intent) == before)
            // To know less about a namespace never gives more.
            var unknown = intent
            unknown.namespaceLabels = nil
            if IssuancePolicySet(policies).allows(unknown) {
                for labels in [[:], ["l": "1"]] {
                    var known = intent
                    known.namespaceLabels = labels
                    #expect(IssuancePolicySet(policies).allows(known))
                }
            }
        }
    }

    @Test(arguments: 0..<8) func `fewer names are never refused where more are allowed`(seed: UInt64) throws {
        var random = Random(state: seed)
        for _ in 0..<100 {
            let set = IssuancePolicySet(try random.policies())
            var intent = try random.intent()
            guard set.allows(intent), intent.dnsNames.count > 1 else { continue }
            intent.dnsNames.removeLast()
            #expect(set.allows(intent))
        }
    }

    @Test(arguments: 0..<8)
    func `who may have a wildcard may have what it stands for, and who may not have a name gets no wildcard for it`(
        seed: UInt64
    ) throws {
        var random = Random(state: seed)
        for _ in 0..<100 {
            let pattern = try DNSNamePattern(parsing: random.pattern())
            let parent = random.name()
            let wildcard = try DNSName(parsing: "*." + parent)
            for label in ["a", "b", "ab", "zz", "xn--bcher-kva"] {
                let name = try DNSName(parsing: "\(label).\(parent)")
                if pattern.contains(wildcard) { #expect(pattern.contains(name)) }
                if pattern.contains(name) { #expect(pattern.overlaps(wildcard)) }
                #expect(pattern.contains(name) == pattern.overlaps(name))
            }
        }
    }

    private struct Refused: Error {}

    @Test func `among two thousand tenants a decision takes no longer than among a few`() throws {
        let policies = try (0..<2000).map { index in
            try Make.policy(
                "selector: {namespaces: [n\(index)]}, allowed: {dnsNames: ['**.n\(index).example'], wildcards: true}", name: "p\(index)")
        }
        let denial = try Make.policy("default: deny, denied: [{dnsNames: ['**.login.example'], reason: nope}]", name: "z")
        let set = IssuancePolicySet(policies + [denial])
        let intents = try (0..<2000).map { try Make.intent("www.n\($0).example", "api.n\($0).example", in: "n\($0)") }
        let took = try ContinuousClock().measure {
            for intent in intents where set.verdict(on: intent) != .allowed { throw Refused() }
        }
        // Without optimization, beside other tests: a budget against another order of growth, not a measurement.
        #expect(took < .seconds(2), "\(took / 2000) each")
    }
}
