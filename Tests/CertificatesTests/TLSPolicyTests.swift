import Core
import FoundationEssentials
import KubernetesAPI
import Policies
import Routing
import Store
import TestKit
import Testing

@testable import Certificates

/// A compiler with the objects that it has seen.
private struct Choices {
    var compiler: TLSPolicyCompiler
    var objects = ObjectSet()
    var changed = ChangeSet(isEverything: true)
    /// How often there was a new table.
    var tables = 0

    init(profile: String = "intermediate", _ more: String = "") throws {
        let policies = try Choices.policies(more)
        guard let policy = policies[profile] else { throw Missing() }
        compiler = TLSPolicyCompiler(policy: IngressClassPolicy(), policies: policies, profile: policy)
    }

    struct Missing: Error {}

    /// The shipped policies and some by name.
    static func policies(_ names: String, curve: String = "X25519") throws -> TLSPolicySet {
        var policies = try TLSPolicySet.shipped()
        for name in names.split(separator: " ") {
            let text = """
                apiVersion: certctl.dev/v1alpha1
                kind: TLSPolicy
                metadata: {name: \(name)}
                spec: {minVersion: "1.3", maxVersion: "1.3", curves: [\(curve)]}
                """
            try policies.add(Array(text.utf8), file: "\(name).yaml")
        }
        return policies
    }

    mutating func put(
        _ name: String, hosts: [String], tls: [String] = [], policy: String? = nil, age: Int? = nil, className: String? = "certctl"
    ) {
        var meta = ObjectMeta(namespace: "shop", name: name)
        meta.creationTimestamp = age.map { Date(timeIntervalSince1970: 1_000_000 - Double($0)) }
        if let policy { meta.annotations[TLSPolicyCompiler.annotation] = policy }
        let spec = IngressSpec(
            ingressClassName: className, tls: tls.isEmpty ? [] : [IngressTLS(hosts: tls, secretName: nil)],
            rules: hosts.map { IngressRule(host: $0, paths: []) })
        put(.ingress(Ingress(metadata: meta, spec: spec)))
    }

    mutating func putClass(
        _ name: String, annotation: String? = nil, parameters: IngressClass.Parameters? = nil, controller: String = "certctl.dev/ingress"
    ) {
        let annotations = annotation.map { [TLSPolicyCompiler.annotation: $0] } ?? [:]
        put(
            .ingressClass(
                IngressClass(
                    metadata: ObjectMeta(namespace: "", name: name, annotations: annotations), controller: controller,
                    parameters: parameters)))
    }

    mutating func put(_ object: KubernetesObject) {
        objects.insert(object)
        changed.insert(object.key)
    }

    mutating func remove(_ ingress: String) {
        let key = ObjectKey(kind: .ingress, name: NamespacedName(namespace: "shop", name: ingress))
        objects.remove(key)
        changed.insert(key)
    }

    mutating func apply() {
        if compiler.apply(StoreUpdate(objects: objects, changed: changed)) != nil { tables += 1 }
        changed = ChangeSet()
    }

    /// The name of the policy of a host.
    mutating func policy(_ host: String?) -> String {
        apply()
        let table = compiler.table
        return table.policies[table.index(for: host)].name
    }

    var problems: [String] { compiler.problems.map(\.description) }
}

@Suite("Which TLS policy holds for which host") struct TLSPolicyTests {
    @Test func `the annotation of an Ingress holds for its hosts, exact before wildcard, and for no other`() throws {
        var choices = try Choices()
        choices.put("web", hosts: ["a.test", "*.b.test"], tls: ["c.test"], policy: "modern")
        choices.put("plain", hosts: ["x.b.test"])
        for (host, policy) in [
            ("a.test", "modern"), ("A.TEST.", "modern"), ("a.test:8443", "modern"), ("y.b.test", "modern"), ("c.test", "modern"),
            ("x.b.test", "intermediate"), ("z.y.b.test", "intermediate"), ("b.test", "intermediate"), ("", "intermediate"),
            ("bad host", "intermediate"), ("[::1]", "intermediate"),
        ] { #expect(choices.policy(host) == policy, "\(host)") }
        #expect(choices.policy(nil) == "intermediate" && choices.problems.isEmpty)
        choices.remove("web")
        #expect(choices.policy("a.test") == "intermediate")
    }

    @Test func `a class has a policy by annotation or by parameters`() throws {
        var choices = try Choices("own")
        choices.putClass("by-annotation", annotation: "modern")
        choices.putClass("by-parameters", parameters: .init(apiGroup: "certctl.dev", kind: "TLSPolicy", name: "own"))
        choices.putClass("other", annotation: "modern", controller: "example.com/other")
        choices.put("one", hosts: ["1.test"], className: "by-annotation")
        choices.put("two", hosts: ["2.test"], className: "by-parameters")
        choices.put("three", hosts: ["3.test"], policy: "own", className: "by-annotation")
        choices.put("four", hosts: ["4.test"], className: "other")
        #expect(choices.policy("1.test") == "modern" && choices.policy("2.test") == "own" && choices.policy("3.test") == "own")
        #expect(choices.policy("4.test") == "intermediate")
        choices.putClass("by-annotation", annotation: "own")
        #expect(choices.policy("1.test") == "own")
        choices.putClass("by-annotation")
        #expect(choices.policy("1.test") == "intermediate" && choices.problems.isEmpty)
        choices.putClass("by-parameters", parameters: .init(apiGroup: nil, kind: "ConfigMap", name: "x"))
        #expect(choices.policy("2.test") == "intermediate")
        #expect(
            choices.problems == [
                "UnusableParameters: ingressclass by-parameters: spec.parameters name ConfigMap of the core group \"x\", "
                    + "allowed is TLSPolicy of certctl.dev"
            ])
    }

    @Test func `the oldest Ingress of a host decides, also by saying nothing, and the others are told`() throws {
        var choices = try Choices("own")
        choices.put("old", hosts: ["a.test"], policy: "modern", age: 3)
        choices.put("younger", hosts: ["a.test", "b.test"], policy: "own", age: 2)
        choices.put("same", hosts: ["a.test"], policy: "modern", age: 1)
        choices.put("mute", hosts: ["a.test"], age: 0)
        #expect(choices.policy("a.test") == "modern" && choices.policy("b.test") == "own")
        #expect(
            choices.problems == [
                "ConflictingTLSPolicies: ingress shop/younger: TLS policy \"own\" for a.test yields to \"modern\": ingress shop/old is older"
            ])
        choices.remove("old")
        #expect(choices.policy("a.test") == "own")
        #expect(choices.problems.count == 1 && choices.problems[0].contains("ingress shop/same"))
        choices.put("first", hosts: ["a.test"], age: 9)
        #expect(choices.policy("a.test") == "intermediate")
        #expect(choices.problems.count == 2)
    }

    @Test func `a name that nobody knows changes nothing, and is a problem until it is known`() throws {
        var choices = try Choices(profile: "modern")
        choices.putClass("strict", annotation: "nothing")
        choices.put("web", hosts: ["a.test"], policy: "late", className: "strict")
        #expect(choices.policy("a.test") == "modern")
        #expect(
            choices.problems == [
                "UnknownTLSPolicy: ingressclass strict: no TLS policy has the name \"nothing\", there are intermediate, modern",
                "UnknownTLSPolicy: ingress shop/web: no TLS policy has the name \"late\", there are intermediate, modern",
            ])
        _ = choices.compiler.adopt(try Choices.policies("late nothing"))
        #expect(choices.policy("a.test") == "late" && choices.problems.isEmpty)
    }

    @Test func `a policy that goes away while it is in use stays as it was`() throws {
        var choices = try Choices("own")
        choices.put("web", hosts: ["a.test"], policy: "own")
        #expect(choices.policy("a.test") == "own")
        let changed = choices.compiler.adopt(try Choices.policies("own", curve: "P-384"))
        #expect(changed.policies.map(\.curves).contains([.p384]))
        let withdrawn = choices.compiler.adopt(try TLSPolicySet.shipped())
        #expect(withdrawn.policies[withdrawn.index(for: "a.test")].curves == [.p384])
        #expect(
            choices.problems == [
                "TLSPolicyWithdrawn: TLS policy \"own\" is in use and not defined any more; its last definition stays in force"
            ])
        choices.put("second", hosts: ["b.test"], policy: "own")
        #expect(choices.policy("b.test") == "own")
        choices.remove("web")
        choices.remove("second")
        #expect(choices.policy("a.test") == "intermediate" && choices.problems.isEmpty)
    }

    @Test func `the profile follows its name`() throws {
        var choices = try Choices(profile: "own", "own")
        _ = choices.compiler.adopt(try Choices.policies("own", curve: "P-256"))
        #expect(choices.compiler.table.policies[0].curves == [.p256])
        _ = choices.compiler.adopt(try TLSPolicySet.shipped())
        #expect(choices.compiler.table.policies[0].curves == [.p256])
        #expect(choices.problems.count == 1)
    }

    @Test func `an update that concerns no host makes no table`() throws {
        var choices = try Choices()
        choices.put("web", hosts: ["a.test"], policy: "modern")
        choices.apply()
        #expect(choices.tables == 1)
        choices.put(.secret(Secret(metadata: ObjectMeta(namespace: "shop", name: "s"), type: "Opaque", data: [:])))
        choices.apply()
        choices.put("web", hosts: ["a.test"], policy: "modern")
        choices.apply()
        choices.putClass("certctl")
        choices.apply()
        #expect(choices.tables == 1)
    }

    @Test func `whatever comes in whatever order, the table is that of the objects`() throws {
        var random = SeededRandom(seed: 8446)
        var choices = try Choices("own")
        let hosts = ["a.test", "b.a.test", "*.a.test", "c.test"]
        for round in 0..<300 {
            let name = "i\(Int.random(in: 0..<6, using: &random))"
            switch Int.random(in: 0..<8, using: &random) {
            case 0: choices.remove(name)
            case 1: choices.putClass("k", annotation: random.pick([nil, "modern", "own", "bad"]))
            default:
                choices.put(
                    name, hosts: hosts.filter { _ in random.chance(50) }, policy: random.pick([nil, "modern", "own", "bad"]),
                    age: random.pick([nil, 1, 2, 3]), className: random.pick(["certctl", "k", "nginx", nil]))
            }
            guard random.chance(60) else { continue }
            choices.apply()
            var fresh = try Choices("own")
            fresh.objects = choices.objects
            for host in hosts + ["x.a.test", "d.test"] { #expect(choices.policy(host) == fresh.policy(host), "round \(round): \(host)") }
            #expect(choices.problems == fresh.problems, "round \(round)")
        }
    }
}
