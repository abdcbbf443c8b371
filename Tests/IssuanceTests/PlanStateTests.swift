import Certificates
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

@Suite("The controller's plan, change by change") struct PlanStateTests {
    /// Objects that random edits may put, change and take away.
    private struct Zoo {
        var random: SplitMix64
        var objects: ObjectSet
        let secrets: [Secret]

        init(seed: UInt64) throws {
            random = SplitMix64(seed: seed)
            objects = ObjectSet([.issuer(Make.acme())])
            secrets = try (0..<4).flatMap { index in
                [
                    try Make.ours("tls-\(index)", ["a\(index).example"]), try Make.ours("tls-\(index)", ["b\(index).example"]),
                    try Make.keyPair("tls-\(index)", ["a\(index).example"]), try Make.certManager("tls-\(index)", ["a\(index).example"]),
                ]
            }
        }

        private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        /// Makes one change and says which.
        mutating func change() -> ChangeSet {
            var changed = ChangeSet()
            func apply(_ object: KubernetesObject, isThere: Bool, _ objects: inout ObjectSet) {
                if isThere { objects.insert(object) } else { objects.remove(object.key) }
                changed.insert(object.key)
            }
            switch pick(9) {
            case 8:
                let labels = pick(2) == 0 ? [:] : ["tenant": "blue"]
                apply(
                    .namespace(Namespace(metadata: ObjectMeta(namespace: "", name: "web", labels: labels))), isThere: pick(4) > 0, &objects)
            case 0:
                let issuers = [Make.acme(), Make.acme(server: "https://other.test/dir"), Make.issuer("le", .unsupported(kind: "vault"))]
                apply(.issuer(issuers[pick(3)]), isThere: pick(4) > 0, &objects)
            case 1: apply(.secret(secrets[pick(secrets.count)]), isThere: false, &objects)
            case 2, 3, 4: apply(.secret(secrets[pick(secrets.count)]), isThere: true, &objects)
            default:
                let annotations = [
                    [:], Make.clusterIssuer, ["cert-manager.io/issuer": "x"],
                    ["cert-manager.io/cluster-issuer": "a", "cert-manager.io/issuer": "b"],
                ]
                let tls = (0...pick(2)).map { _ in
                    let index = pick(4)
                    return (
                        ["a\(index).example", "b\(index).example", "bad..name"].filter { _ in pick(3) > 0 },
                        pick(6) == 0 ? nil : "tls-\(index)"
                    )
                }
                let ingress = Make.ingress("i\(pick(6))", annotations[pick(4)], className: pick(6) == 0 ? "nginx" : "certctl", tls: tls)
                apply(.ingress(ingress), isThere: pick(5) > 0, &objects)
            }
            return changed
        }
    }

    @Test(arguments: 1...20) func `after any changes it is what a plan from nothing would be`(seed: UInt64) throws {
        var zoo = try Zoo(seed: seed)
        let policy = IngressClassPolicy()
        var settings = IssuanceSettings()
        if seed % 2 == 0 { settings.defaultIssuer = IssuerName("le") }
        var catalog = try CertificateCatalog(policy: policy, now: noon)
        let labelled = "selector: {namespaceSelector: {matchLabels: {tenant: blue}}}, denied: [{dnsNames: [b1.example], reason: nope}]"
        let choices = [
            IssuancePolicySet.permissive, try .of("default: deny", "allowed: {dnsNames: ['a*.example']}"), try .of(labelled),
        ]
        var policies = choices[0]
        var plan = PlanState(ingressClasses: policy, settings: settings, policies: .permissive)
        var update = StoreUpdate(objects: zoo.objects, changed: ChangeSet(isEverything: true))
        for _ in 0..<60 {
            _ = catalog.apply(update, now: noon)
            _ = plan.apply(update, catalog.verdicts(for: update), isLeading: true, now: noon)
            let everything = StoreUpdate(objects: zoo.objects, changed: ChangeSet(isEverything: true))
            let whole = Planner.plan(
                PlannerInput(
                    objects: zoo.objects, ingressClasses: policy, certificates: catalog.verdicts(for: everything), settings: settings,
                    records: [:], policies: policies, now: noon))
            #expect(plan.items.values.sorted { $0.secret < $1.secret } == whole.items)
            #expect(plan.wishes.problems == whole.problems)
            if let other = choices.randomElement(using: &zoo.random), Int.random(in: 0..<4, using: &zoo.random) == 0 {
                policies = other
                _ = plan.adopt(policies, now: noon)
            }
            update = StoreUpdate(objects: zoo.objects, changed: zoo.change())
            update.objects = zoo.objects
        }
    }

    @Test func `a Secret that we wrote counts before the updates show it, and until they show something else`() throws {
        let objects = ObjectSet([.issuer(Make.acme()), .ingress(Make.ingress("a", tls: [(["a.example"], "tls")]))])
        var plan = PlanState(ingressClasses: IngressClassPolicy(), settings: IssuanceSettings(), policies: .permissive)
        var catalog = try CertificateCatalog(policy: IngressClassPolicy(), now: noon)
        func show(_ objects: ObjectSet, _ changed: ChangeSet) {
            let update = StoreUpdate(objects: objects, changed: changed)
            _ = catalog.apply(update, now: noon)
            _ = plan.apply(update, catalog.verdicts(for: update), isLeading: true, now: noon)
        }
        let name = NamespacedName(namespace: "web", name: "tls")
        show(objects, ChangeSet(isEverything: true))
        #expect(plan.items[name]?.work == .due(.doesNotExist))
        plan.setWritten(try Make.ours("tls", ["a.example"]), now: noon)
        #expect(plan.items[name]?.reason == nil)
        var elsewhere = ChangeSet()
        elsewhere.services = [name]
        show(objects, elsewhere)
        #expect(plan.items[name]?.reason == nil)
        var later = objects
        later.insert(.secret(try Make.ours("tls", ["b.example"])))
        var changed = ChangeSet()
        changed.secrets = [name]
        show(later, changed)
        #expect(plan.items[name]?.work == .due(.requestChanged))
    }

    @Test func `a failure from the future does not hold a certificate up`() throws {
        var world = World(Make.ingress("a", tls: [(["a.example"], "tls")]))
        let secret = NamespacedName(namespace: "web", name: "tls")
        let later = noon.addingTimeInterval(days(3000))
        let failure = FailureRecord(
            count: 1, first: later, last: later, nextAttempt: later, message: "", fingerprint: try world.item().fingerprint)
        world.records = [secret: IssuanceRecord(target: secret, failure: failure, updated: noon)]
        #expect(try world.item().work == .due(.doesNotExist))
    }

    @Test func `what objects say is shown without control characters and within limits`() throws {
        let fact = try World(Make.ingress("a", tls: [(["a\u{1B}[31m\n.example"], "tls")])).fact()
        #expect(fact.message?.contains("a?[31m?.example") == true)
        #expect(ShownText.line("aä\u{7}", bytesMax: 3) == "aä" && ShownText.line("aä\u{7}", bytesMax: 2) == "a")
        #expect(ShownText.list((1...6).map(String.init)) == "1, 2, 3, 4, 5 and 1 more")
        #expect(ShownText.list((1...5).map(String.init)) == "1, 2, 3, 4, 5")
    }
}
