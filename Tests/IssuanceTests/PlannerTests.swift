import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Testing

@testable import Issuance

@Suite("Planner: who wants what") struct PlannerWishTests {
    @Test func `one certificate for each distinct Secret, with the union of its hosts`() throws {
        let plan = try World(
            Make.ingress("a", tls: [(["a.example", "b.example"], "tls"), (["c.example"], "other")]),
            Make.ingress("b", tls: [(["B.example", "d.example"], "tls")]),
            Make.ingress("c", namespace: "shop", tls: [(["e.example"], "tls")])
        ).plan()
        #expect(plan.problems.isEmpty)
        #expect(
            plan.items.map { [$0.secret.description] + $0.desired.names.all } == [
                ["shop/tls", "e.example"], ["web/other", "c.example"], ["web/tls", "a.example", "b.example", "d.example"],
            ])
        #expect(plan.items.allSatisfy { $0.work == .due(.doesNotExist) })
        #expect(plan.items.last?.desired.ingresses.map(\.description) == ["web/a", "web/b"])
    }

    @Test func `two entries with one Secret in one Ingress are one certificate`() throws {
        let item = try World(Make.ingress("a", tls: [(["a.example"], "tls"), (["b.example"], "tls")])).item()
        #expect(item.desired.names.all == ["a.example", "b.example"])
    }

    @Test(
        arguments: [
            (["cert-manager.io/cluster-issuer": "x"], "ClusterIssuer/x"),
            (["cert-manager.io/issuer": "x"], "Issuer/x"),
            (["cert-manager.io/issuer": "x", "cert-manager.io/issuer-kind": "ClusterIssuer"], "ClusterIssuer/x"),
            (["cert-manager.io/issuer": "x", "cert-manager.io/issuer-group": "cert-manager.io"], "Issuer/x"),
            (["kubernetes.io/tls-acme": "true"], "ClusterIssuer/default"),
            (["kubernetes.io/tls-acme": "1"], "ClusterIssuer/default"),
            ([:], "ClusterIssuer/default"),
            (["cert-manager.io/cluster-issuer": ""], "ClusterIssuer/default"),
            (["kubernetes.io/tls-acme": "false"], nil),
            (["cert-manager.io/issuer": "x", "cert-manager.io/issuer-group": "awspca.cert-manager.io"], nil),
        ] as [([String: String], String?)])
    func `the issuer comes from the annotation, else from --default-issuer`(annotations: [String: String], issuer: String?) throws {
        var world = World(Make.ingress("a", annotations, tls: [(["a.example"], "tls")]))
        world.settings.defaultIssuer = IssuerName("default")
        #expect(try world.fact().issuer == issuer)
    }

    @Test func `without annotation and default nobody asks for a certificate, and a placeholder is served`() throws {
        let world = World(Make.ingress("a", [:], tls: [(["a.example"], "tls")]))
        let fact = try world.fact()
        #expect(fact.state == .placeholder && fact.issuer == nil && fact.hosts == ["a.example"])
        #expect(try world.plan().problems.isEmpty)
    }

    @Test(arguments: [
        ["cert-manager.io/cluster-issuer": "le", "cert-manager.io/issuer": "le"],
        ["cert-manager.io/cluster-issuer": "le", "cert-manager.io/issuer-kind": "Issuer"],
        ["cert-manager.io/issuer": "le", "cert-manager.io/issuer-kind": "Vault"],
        ["kubernetes.io/tls-acme": "true"],
        ["cert-manager.io/cluster-issuer": "le", "cert-manager.io/duration": "soon"],
    ])
    func `an Ingress that contradicts itself is BadConfig, once, and blocked`(annotations: [String: String]) throws {
        let world = World(Make.ingress("a", annotations, tls: [(["a.example"], "tls"), (["b.example"], "tls2")]))
        let plan = try world.plan()
        #expect(plan.problems.count == 1 && plan.problems.first?.ingress == "web/a")
        #expect(plan.items.count == 2)
        for item in plan.items {
            guard case .blocked(nil, let message) = item.work else {
                Issue.record("\(item.work)")
                continue
            }
            #expect(message == plan.problems.first?.message)
        }
        #expect(try world.fact().state == .blocked)
        #expect(try world.fact().hosts == ["a.example"])
    }

    @Test func `an entry without hosts or without a secretName is skipped, with the reason`() throws {
        let plan = try World(Make.ingress("a", tls: [([], "tls"), (["a.example"], nil), (["b.example"], "good")])).plan()
        #expect(
            plan.problems.map(\.message) == [
                "tls[1] has no secretName, so the entry is skipped", "tls[0] has no hosts, so the entry is skipped",
            ])
        #expect(plan.items.map(\.work) == [.due(.doesNotExist), .none(until: nil)])
    }

    @Test func `an invalid host refuses what its Ingress asks of that Secret, and nothing else`() throws {
        let world = World(
            Make.ingress("a", tls: [(["a.example", "under_score.example"], "tls"), (["b.example"], "tls2")]),
            Make.ingress("b", tls: [(["c.example"], "tls")]))
        let plan = try world.plan()
        #expect(plan.problems.map(\.ingress) == ["web/a"])
        #expect(plan.problems.first?.message.contains("under_score.example") == true)
        #expect(try world.item("tls").desired.names.all == ["c.example"])
        #expect(try world.item("tls2").work == .due(.doesNotExist))
        let alone = World(Make.ingress("a", tls: [(["a.example", "b..example"], "tls")]))
        #expect(try alone.fact().state == .blocked)
    }

    @Test func `a typing error in one Ingress does not take away names that work today`() throws {
        let secret = try Make.ours("tls", ["a.example", "b.example"])
        let world = World(
            Make.ingress("a", tls: [(["a.example"], "tls")]),
            Make.ingress("b", tls: [(["b.example", "b..example"], "tls")]), secrets: [secret])
        #expect(try world.fact().state == .valid)
    }

    @Test func `the oldest Ingress that names an issuer decides, and who contradicts it is refused alone`() throws {
        let other = ["cert-manager.io/issuer": "other"]
        let world = World(
            Make.ingress("a", other, created: noon, tls: [(["new.example"], "tls")]),
            Make.ingress("z", created: noon.addingTimeInterval(-60), tls: [(["old.example"], "tls")]))
        let item = try world.item()
        #expect(item.desired.wish == .issue(IssuerName(kind: .clusterIssuer, name: "le")))
        #expect(item.desired.names.all == ["old.example"])
        let problems = try world.plan().problems
        #expect(problems.map(\.ingress) == ["web/a"])
        #expect(
            problems.first?.message
                == "issuer Issuer/other contradicts ClusterIssuer/le, which an older Ingress with the same secretName names")
    }

    @Test func `an Ingress without annotation joins the issuer that another one names for the same Secret`() throws {
        var world = World(
            Make.ingress("a", [:], tls: [(["a.example"], "tls")]), Make.ingress("b", tls: [(["b.example"], "tls")]))
        #expect(try world.item().desired.names.all == ["b.example"])
        world.settings.defaultIssuer = IssuerName("default")
        #expect(try world.item().desired.names.all == ["a.example", "b.example"])
        #expect(try world.fact().issuer == "ClusterIssuer/le")
    }

    @Test func `nothing is ordered for an Ingress that is not served`() throws {
        var leaving = Make.ingress("b", tls: [(["b.example"], "b")])
        leaving.metadata.deletionTimestamp = noon
        let plan = try World(
            Make.ingress("a", className: "nginx", tls: [(["a.example"], "a")]), leaving,
            Make.ingress("c", className: nil, tls: [(["c.example"], "c")])
        ).plan()
        #expect(plan.items.isEmpty && plan.problems.isEmpty)
    }

    @Test func `key and lifetime annotations of a younger Ingress with the same Secret are reported as ignored`() throws {
        var rsa = Make.clusterIssuer
        rsa["cert-manager.io/private-key-algorithm"] = "RSA"
        let world = World(
            Make.ingress("a", tls: [(["a.example"], "tls")]), Make.ingress("b", rsa, tls: [(["b.example"], "tls")]))
        #expect(try world.item().desired.options.keyAlgorithm == nil)
        #expect(try world.plan().problems.map(\.ingress) == ["web/b"])
        #expect(try world.item().desired.names.count == 2)
    }

    @Test func `a certificate has at most as many names as an order`() throws {
        let most = (0..<IssuanceLimits.namesPerCertificateMax).map { "n\($0).example" }
        #expect(try World(Make.ingress("a", tls: [(most, "tls")])).item().work == .due(.doesNotExist))
        let world = World(Make.ingress("a", tls: [(most + ["more.example"], "tls")]))
        #expect(try world.fact().message == "101 names for one certificate, limit 100")
    }

    @Test func `names that our own records use cannot be asked for`() throws {
        for name in ["certctl-order-x", "certctl-http01-x"] {
            #expect(try World(Make.ingress("a", tls: [(["a.example"], name)])).fact(name).state == .blocked)
        }
    }

    @Test func `addresses and internationalised names are taken in their canonical form`() throws {
        let item = try World(
            Make.ingress("a", tls: [(["BÜCHER.example.", "192.0.2.1", "2001:DB8::0:1"], "tls")])
        ).item()
        #expect(item.desired.names.dnsNames.map(\.ascii) == ["xn--bcher-kva.example"])
        #expect(item.desired.names.ipAddresses == ["192.0.2.1", "2001:db8::1"])
    }
}

@Suite("Planner: what a Secret needs") struct PlannerNeedTests {
    private let ingress = Make.ingress("a", tls: [(["a.example", "b.example"], "tls")])
    private let names = ["a.example", "b.example"]

    @Test func `a fresh certificate of ours needs nothing until its renewal`() throws {
        let item = try World(ingress, secrets: [try Make.ours("tls", names)]).item()
        #expect(item.work == .none(until: item.renewAt))
        #expect((item.renewAt ?? noon) > noon.addingTimeInterval(days(52.9)))
        #expect((item.renewAt ?? noon) < noon.addingTimeInterval(days(62.1)))
    }

    @Test func `it is renewed when its time has come`() throws {
        var world = World(ingress, secrets: [try Make.ours("tls", names)])
        let renewAt = try #require(try world.item().renewAt)
        world.now = renewAt.addingTimeInterval(-1)
        #expect(try world.item().reason == nil)
        world.now = renewAt
        #expect(try world.item().work == .due(.renewing))
        #expect(try world.fact().state == .pending)
        world.now = noon.addingTimeInterval(days(89))
        #expect(try world.item().work == .due(.expired))
        #expect(try world.fact().state == .expired)
    }

    @Test(arguments: [["a.example"], ["a.example", "b.example", "c.example"], ["a.example", "c.example"]])
    func `names added or removed re-issue`(before: [String]) throws {
        #expect(try World(ingress, secrets: [try Make.ours("tls", before)]).item().work == .due(.requestChanged))
    }

    @Test func `a name that the CA added by itself does not re-issue`() throws {
        var secret = try Make.ours("tls", names + ["www.a.example"])
        secret.metadata.annotations["certctl.dev/requested-names"] = "a.example,b.example"
        #expect(try World(ingress, secrets: [secret]).item().reason == nil)
    }

    @Test func `another issuer re-issues, and so does another directory of the same one`() throws {
        let other = try Make.ours("tls", names, issuer: IssuerName(kind: .issuer, name: "le"))
        #expect(try World(ingress, secrets: [other]).item().work == .due(.incorrectIssuer))
        let staging = try Make.ours("tls", names, directory: "https://staging.test/directory")
        #expect(try World(ingress, secrets: [staging]).item().work == .due(.incorrectIssuer))
    }

    @Test func `a key of another algorithm than the annotation says re-issues; without one any will do`() throws {
        let rsa = try Make.ours("tls", names, key: .rsa(bits: 2048))
        #expect(try World(ingress, secrets: [rsa]).item().reason == nil)
        var annotations = Make.clusterIssuer
        annotations["cert-manager.io/private-key-algorithm"] = "ECDSA"
        let asking = Make.ingress("a", annotations, tls: [(names, "tls")])
        #expect(try World(asking, secrets: [rsa]).item().work == .due(.secretMismatch))
    }

    @Test func `a Secret of ours that lost its content, its key or its sense is issued anew`() throws {
        var empty = try Make.ours("tls", names)
        empty.data = [:]
        #expect(try World(ingress, secrets: [empty]).item().work == .due(.missingData))
        var mixed = try Make.ours("tls", names)
        mixed.data["tls.key"] = try Make.ours("tls", names).data["tls.key"]
        #expect(try World(ingress, secrets: [mixed]).item().work == .due(.invalidKeyPair))
        var broken = try Make.ours("tls", names)
        broken.data["tls.crt"] = Array("no certificate".utf8)
        #expect(try World(ingress, secrets: [broken]).item().work == .due(.invalidKeyPair))
    }

    @Test func `a usable foreign Secret is served and left alone, whatever is wrong with it`() throws {
        let good = World(ingress, secrets: [try Make.keyPair("tls", names)])
        #expect(try good.fact().state == .foreign && good.fact().message == nil && good.fact().renewAt == nil)
        let expired = World(
            ingress, secrets: [try Make.keyPair("tls", names, from: noon.addingTimeInterval(-9), until: noon.addingTimeInterval(-1))])
        #expect(try expired.fact().state == .foreign)
        #expect(try expired.fact().message == "the certificate has expired, and the Secret is not ours to write")
        let partial = World(ingress, secrets: [try Make.keyPair("tls", ["a.example"])])
        #expect(try partial.fact().message == "the certificate does not cover b.example, and the Secret is not ours to write")
        var opaque = try Make.ours("tls", names)
        opaque.type = Secret.opaqueType
        var empty = try Make.keyPair("tls", names)
        empty.data = [:]
        for world in [good, expired, partial, World(ingress, secrets: [opaque]), World(ingress, secrets: [empty])] {
            #expect(try world.item().work == .none(until: nil))
            #expect(try world.fact().state == .foreign)
        }
        #expect(try World(ingress, secrets: [empty]).fact().message == "the Secret holds no certificate")
    }

    @Test func `a certificate of ours that nobody asks for any more is not renewed, and says so`() throws {
        var world = World(Make.ingress("a", [:], tls: [(names, "tls")]), secrets: [try Make.ours("tls", names)])
        #expect(try world.fact().state == .valid)
        #expect(try world.fact().message == "nobody asks for this certificate any more, so it is not renewed")
        world.now = noon.addingTimeInterval(days(89))
        #expect(try world.item().work == .none(until: nil))
        #expect(try world.fact().state == .expired)
    }

    @Test func `a wildcard in a foreign Secret covers its hosts`() throws {
        #expect(try World(ingress, secrets: [try Make.keyPair("tls", ["*.example"])]).fact().message == nil)
    }

    @Test func `cert-manager's Secret for the same Ingress is taken over when it is due, not before`() throws {
        var world = World(ingress, secrets: [try Make.certManager("tls", names)])
        #expect(try world.fact().state == .valid)
        world.now = noon.addingTimeInterval(days(70))
        #expect(try world.item().work == .due(.renewing))
        let changed = World(ingress, secrets: [try Make.certManager("tls", ["a.example"])])
        #expect(try changed.item().work == .due(.requestChanged))
        let another = World(ingress, secrets: [try Make.certManager("tls", ["a.example"], certificateName: "somebody-elses")])
        #expect(try another.fact().state == .foreign)
    }

    @Test func `renew-before moves the renewal`() throws {
        var annotations = Make.clusterIssuer
        annotations["cert-manager.io/renew-before"] = "720h"
        let world = World(
            Make.ingress("a", annotations, tls: [(names, "tls")]), secrets: [try Make.ours("tls", names)])
        let renewAt = try #require(try world.item().renewAt)
        #expect(renewAt >= noon.addingTimeInterval(days(59)) && renewAt <= noon.addingTimeInterval(days(62)))
    }

    @Test func `failures back off, are shown, and end when something else is asked for`() throws {
        var world = World(ingress)
        let secret = NamespacedName(namespace: "web", name: "tls")
        let failure = FailureRecord(
            count: 3, first: noon.addingTimeInterval(-600), last: noon.addingTimeInterval(-60),
            nextAttempt: noon.addingTimeInterval(60), message: "the CA said: no", fingerprint: try world.item().fingerprint)
        world.records = [secret: IssuanceRecord(target: secret, failure: failure, updated: noon)]
        #expect(try world.item().work == .backingOff(.doesNotExist, until: failure.nextAttempt))
        let fact = try world.fact()
        #expect(fact.state == .failing && fact.failures == 3 && fact.lastError == "the CA said: no")
        #expect(fact.nextAttempt == failure.nextAttempt && fact.firstFailure == failure.first && fact.reason == "DoesNotExist")
        world.now = failure.nextAttempt
        #expect(try world.item().work == .due(.doesNotExist))
        #expect(try world.fact().state == .failing)
        var changed = World(Make.ingress("a", tls: [(["a.example"], "tls")]))
        changed.records = world.records
        #expect(try changed.item().work == .due(.doesNotExist))
        #expect(try changed.fact().failures == 0)
    }

    @Test func `what expires first comes first, then what has none, the least unlucky before the rest`() throws {
        func item(_ name: String, notAfter: Date? = nil, failures: Int = 0) -> CertificateItem {
            let secret = NamespacedName(namespace: "web", name: name)
            let target = notAfter.map {
                TargetSecret(ownership: .ours, content: .certificate(LeafFacts(names: [], notBefore: noon, notAfter: $0)))
            }
            var item = CertificateItem(
                desired: DesiredCertificate(secret: secret, ingresses: [], names: .none, wish: .serveOnly), target: target ?? .absent,
                work: .due(.renewing))
            if failures > 0 {
                item.failure = FailureRecord(count: failures, first: noon, last: noon, nextAttempt: noon, message: "", fingerprint: "")
            }
            return item
        }
        let items = [
            item("new-b"), item("failing", failures: 4), item("later", notAfter: noon.addingTimeInterval(days(20))), item("new-a"),
            item("expired", notAfter: noon.addingTimeInterval(-1)),
        ]
        let order = items.sorted { WorkOrder($0) < WorkOrder($1) }.map(\.secret.name)
        #expect(order == ["expired", "later", "new-a", "new-b", "failing"])
    }

    @Test func `five hundred Secrets are planned in a moment, and the same way each time`() throws {
        var world = World()
        for index in 0..<500 {
            world.objects.append(.ingress(Make.ingress("i\(index)", tls: [(["h\(index).example"], "tls-\(index)")])))
        }
        let input = try world.input()
        let start = ContinuousClock.now
        let plan = Planner.plan(input)
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(plan.items.count == 500 && plan.items == Planner.plan(input).items)
    }
}

@Suite("Planner: issuers") struct PlannerIssuerTests {
    private let ingress = Make.ingress("a", tls: [(["a.example"], "tls")])

    private func blocked(_ issuers: [Issuer], secrets: [Secret] = [], hosts: [String] = ["a.example"]) throws -> String? {
        let fact = try World(Make.ingress("a", tls: [(hosts, "tls")]), issuers: issuers, secrets: secrets).fact()
        #expect(fact.state == .blocked || fact.message == nil)
        return fact.message
    }

    @Test func `a missing issuer blocks, and says so`() throws {
        #expect(try blocked([]) == "ClusterIssuer le does not exist")
        let namespaced = World(
            Make.ingress("a", ["cert-manager.io/issuer": "le"], tls: [(["a.example"], "tls")]), issuers: [Make.acme()])
        #expect(try namespaced.fact().message == "Issuer web/le does not exist")
    }

    @Test func `a missing issuer does not concern a certificate that needs nothing`() throws {
        #expect(try World(ingress, issuers: [], secrets: [try Make.ours("tls", ["a.example"])]).fact().state == .valid)
    }

    @Test func `an issuer of a kind that we do not have blocks`() throws {
        #expect(
            try blocked([Make.issuer("le", .unsupported(kind: "vault"))])
                == "ClusterIssuer le is of kind vault, which certctl does not offer")
    }

    @Test func `a CA issuer needs its Secret in the cluster resource namespace`() throws {
        let issuer = Make.issuer("le", .ca(CAIssuerSpec(secretName: "ca")))
        #expect(try blocked([issuer]) == "ClusterIssuer le is not ready: its Secret certctl-system/ca does not exist")
        var empty = try Make.keyPair("ca", namespace: "certctl-system", [], isCA: true)
        empty.data["tls.key"] = nil
        #expect(
            try blocked([issuer], secrets: [empty])
                == "ClusterIssuer le is not ready: its Secret certctl-system/ca lacks tls.crt or tls.key")
        let good = try Make.keyPair("ca", namespace: "certctl-system", [], isCA: true)
        #expect(try blocked([issuer], secrets: [good]) == nil)
    }

    @Test func `an external account needs its key`() throws {
        let issuer = Make.acme {
            $0.externalAccountBinding = ExternalAccountBinding(keyID: "k", keySecretRef: SecretKeySelector(name: "eab", key: "secret"))
        }
        #expect(try blocked([issuer])?.contains("Secret certctl-system/eab has no secret for the external account") == true)
        let secret = Secret(metadata: ObjectMeta(namespace: "certctl-system", name: "eab"), data: ["secret": [65]])
        #expect(try blocked([issuer], secrets: [secret]) == nil)
    }

    @Test func `a forbidden account key must be there`() throws {
        let issuer = Make.acme { $0.disableAccountKeyGeneration = true }
        #expect(try blocked([issuer])?.contains("disableAccountKeyGeneration") == true)
    }

    @Test func `a wildcard needs dns-01`() throws {
        #expect(
            try blocked([Make.acme()], hosts: ["*.a.example"])
                == "ClusterIssuer le cannot prove control of every name: *.a.example is a wildcard and needs dns-01 or dns-persist-01, and the issuer has no solvers"
        )
    }

    @Test func `selectors choose the solver as cert-manager does`() throws {
        let http = ACMESolver(challenge: .http01(HTTP01Solver()))
        func dns(_ selector: ACMESolverSelector?) -> ACMESolver {
            ACMESolver(selector: selector, challenge: .dns01(DNS01Solver(provider: .rfc2136(RFC2136Provider(nameserver: "192.0.2.1")))))
        }
        func types(_ name: String, _ solvers: [ACMESolver], labels: [String: String] = [:]) -> [ChallengeType] {
            SolverSelection(solvers: solvers, labels: labels).challengeTypes(for: name)
        }
        #expect(types("a.example", [http, dns(nil)]) == [.http01, .dns01])
        #expect(types("a.example", [dns(nil), http]) == [.dns01, .http01])
        #expect(types("a.example", [http, dns(ACMESolverSelector(dnsZones: ["example"]))]) == [.dns01, .http01])
        #expect(types("a.other", [dns(ACMESolverSelector(dnsZones: ["example"])), http]) == [.http01])
        #expect(types("anexample", [dns(ACMESolverSelector(dnsZones: ["example"])), http]) == [.http01])
        let exact = ACMESolver(selector: ACMESolverSelector(dnsNames: ["a.b.example"]), challenge: .http01(HTTP01Solver()))
        #expect(types("a.b.example", [dns(ACMESolverSelector(dnsZones: ["b.example"])), exact]) == [.http01, .dns01])
        let deeper = ACMESolver(selector: ACMESolverSelector(dnsZones: ["b.example"]), challenge: .tlsALPN01)
        #expect(types("a.b.example", [dns(ACMESolverSelector(dnsZones: ["example"])), deeper]) == [.tlsALPN01, .dns01])
        let labelled = ACMESolver(selector: ACMESolverSelector(matchLabels: ["x": "y"]), challenge: .http01(HTTP01Solver()))
        #expect(types("a.example", [dns(nil), labelled], labels: ["x": "y"]) == [.http01, .dns01])
        #expect(types("a.example", [dns(nil), labelled], labels: ["x": "z"]) == [.dns01])
        #expect(types("a.example", [labelled]) == [])
    }

    @Test func `a challenge is only chosen for names that CAs offer it for`() throws {
        let all: [ACMESolver] = [
            ACMESolver(challenge: .http01(HTTP01Solver())), ACMESolver(challenge: .tlsALPN01), ACMESolver(challenge: .dnsPersist01),
            ACMESolver(challenge: .dns01(DNS01Solver(provider: .rfc2136(RFC2136Provider(nameserver: "192.0.2.1"))))),
        ]
        let selection = SolverSelection(solvers: all, labels: [:])
        #expect(selection.challengeTypes(for: "a.example") == [.http01, .tlsALPN01, .dnsPersist01, .dns01])
        #expect(selection.challengeTypes(for: "*.a.example") == [.dnsPersist01, .dns01])
        #expect(selection.challengeTypes(for: "192.0.2.7") == [.http01, .tlsALPN01])
        #expect(SolverSelection(solvers: [], labels: [:]).challengeTypes(for: "a.example") == [.http01, .tlsALPN01])
        let unsolvable = SolverSelection(solvers: Array(all.prefix(1)), labels: [:]).unsolvable(
            try CertificateNames(hosts: ["*.a.example"]))
        #expect(unsolvable == ["*.a.example is a wildcard and needs dns-01 or dns-persist-01; its solver is http-01"])
        let dnsOnly = SolverSelection(solvers: Array(all.suffix(1)), labels: [:]).unsolvable(try CertificateNames(hosts: ["192.0.2.7"]))
        #expect(dnsOnly == ["192.0.2.7 is an address and needs http-01 or tls-alpn-01; its solver is dns-01"])
    }

    @Test func `a change of the issuer that matters gives a failing name another chance`() throws {
        func fingerprint(_ issuer: Issuer) throws -> String { try World(ingress, issuers: [issuer]).item().fingerprint }
        let base = try fingerprint(Make.acme())
        #expect(try fingerprint(Make.acme(email: "ops@example.com")) != base)
        #expect(try fingerprint(Make.acme(server: "https://other.test/dir")) != base)
        #expect(try fingerprint(Make.acme { $0.caBundle = [1] }) != base)
        #expect(try fingerprint(Make.acme { $0.solvers = [ACMESolver(challenge: .http01(HTTP01Solver()))] }) == base)
    }
}
