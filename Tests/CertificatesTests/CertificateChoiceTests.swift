import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Routing
import Store
import Testing

@testable import Certificates

@Suite("Choice of a certificate by server name, RFC 6066 §3")
struct CertificateChoiceTests {
    @Test func `a listed host is served from the Secret that its section names`() throws {
        let pair = try Pair(["a.example", "b.example"])
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example", "B.example"], "s")]), pair.secret("s"))
        let index = world.index()
        for name in ["a.example", "A.EXAMPLE", "a.example.", "b.example", "a.example:443"] {
            #expect(index.leaf(name) == pair.leaf, "\(name)")
        }
        #expect(index.credential(for: "c.example") == nil)
        #expect(index.credential(for: "") == nil)
        #expect(index.credential(for: "a.example\0") == nil)
        #expect(index.credential(for: "a.example")?.secret == Make.name("s"))
        #expect(world.problems().isEmpty)
        #expect(world.verdict("s") == "good")
        #expect(index.hostCount == 2)
    }

    @Test func `a wildcard host serves names with one label more, and an exact host goes before it`() throws {
        let (wildcard, exact) = (try Pair(["*.w.example"]), try Pair(["a.w.example"]))
        var world = try World()
        world.put(
            Make.ingress("web", tls: [(["*.w.example"], "wild"), (["a.w.example"], "exact")]), wildcard.secret("wild"),
            exact.secret("exact"))
        let index = world.index()
        #expect(index.leaf("a.w.example") == exact.leaf)
        #expect(index.leaf("b.w.example") == wildcard.leaf)
        #expect(index.credential(for: "w.example") == nil)
        #expect(index.credential(for: "a.b.w.example") == nil)
        #expect(index.hasCertificate("b.w.example:80"))
        #expect(!index.hasCertificate("a.b.w.example"))
    }

    @Test func `a host without a Secret of its own is served by any certificate that covers it`() throws {
        let pair = try Pair(["*.example.com", "example.com"])
        var world = try World()
        world.put(
            Make.ingress("web", tls: [(["example.com"], "s"), (["shop.example.com"], "absent"), (["x.example.com"], nil)]), pair.secret("s")
        )
        let index = world.index()
        for name in ["shop.example.com", "x.example.com", "unlisted.example.com"] { #expect(index.leaf(name) == pair.leaf) }
        #expect(index.hasCertificate("shop.example.com"))
        #expect(index.hasCertificate("x.example.com"))
        #expect(!index.hasCertificate("unlisted.example.com"))
        #expect(world.problems() == ["SecretNotFound: secret shop/absent does not exist"])
    }

    @Test func `of several certificates with a name the one that expires last serves it`() throws {
        let (soon, late) = (try Pair(["n.example", "a.example"], days: -1...10), try Pair(["n.example", "b.example"], days: -1...90))
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "a"), (["b.example"], "b")]), soon.secret("a"), late.secret("b"))
        #expect(world.index().leaf("n.example") == late.leaf)
        world.put(Make.ingress("web", tls: [(["a.example"], "a")]))
        #expect(world.index().leaf("n.example") == soon.leaf)
        world.remove(.ingress, Make.name("web"))
        #expect(world.index().credential(for: "n.example") == nil)
    }

    @Test func `a section without hosts claims the hosts of the rules that its certificate covers`() throws {
        let pair = try Pair(["a.example"])
        var world = try World()
        world.put(Make.ingress("web", tls: [([], "s")], rules: ["a.example", "b.example"]), pair.secret("s"))
        let index = world.index()
        #expect(index.leaf("a.example") == pair.leaf)
        #expect(index.hasCertificate("a.example"))
        #expect(index.credential(for: "b.example") == nil)
        #expect(!index.hasCertificate("b.example"))
        #expect(world.problems().isEmpty)
    }

    @Test func `a certificate that does not cover a listed host is reported and not served there`() throws {
        let pair = try Pair(["a.example"])
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example", "b.example", "*.example"], "s")]), pair.secret("s"))
        let index = world.index()
        #expect(index.leaf("a.example") == pair.leaf)
        #expect(index.credential(for: "b.example")?.isPlaceholder == true)
        #expect(!index.hasCertificate("b.example"))
        #expect(
            world.problems() == [
                "CertificateDoesNotCoverHost: ingress shop/web: the certificate in secret shop/s does not cover *.example",
                "CertificateDoesNotCoverHost: ingress shop/web: the certificate in secret shop/s does not cover b.example",
            ])
    }

    @Test func `of two Secrets for one host the oldest Ingress's wins, and the other is told`() throws {
        let (young, old) = (try Pair(["a.example"]), try Pair(["a.example"]))
        var world = try World()
        world.put(
            Make.ingress("young", age: 1, tls: [(["a.example"], "young")]), Make.ingress("old", age: 2, tls: [(["a.example"], "old")]))
        world.put(young.secret("young"), old.secret("old"))
        #expect(world.index().leaf("a.example") == old.leaf)
        #expect(
            world.problems() == [
                "ConflictingSecrets: ingress shop/young: secret shop/young for a.example yields to secret shop/old of ingress shop/old"
            ])
        world.remove(.ingress, Make.name("old"))
        #expect(world.index().leaf("a.example") == young.leaf)
        #expect(world.problems().isEmpty)
    }

    @Test func `the same name in two namespaces is two Secrets`() throws {
        let (shop, blog) = (try Pair(["shop.example"]), try Pair(["blog.example"]))
        var world = try World()
        world.put(
            Make.ingress("web", tls: [(["shop.example"], "tls")]), Make.ingress("web", namespace: "blog", tls: [(["blog.example"], "tls")]),
            shop.secret("tls"), blog.secret("tls", namespace: "blog"))
        let index = world.index()
        #expect(index.leaf("shop.example") == shop.leaf)
        #expect(index.leaf("blog.example") == blog.leaf)
    }

    @Test func `an Ingress of another class names nothing`() throws {
        let pair = try Pair(["a.example"])
        var world = try World()
        world.put(Make.ingress("web", className: "nginx", tls: [(["a.example"], "s")]), pair.secret("s"))
        #expect(world.index().credential(for: "a.example") == nil)
        #expect(world.verdict("s") == "missing")
        world.put(.ingressClass(IngressClass(metadata: ObjectMeta(namespace: "", name: "nginx"), controller: "certctl.dev/ingress")))
        #expect(world.index().leaf("a.example") == pair.leaf)
    }

    @Test func `a tls host that is no DNS name is reported`() throws {
        var world = try World()
        world.put(Make.ingress("web", tls: [(["192.0.2.1", ""], "s")]))
        _ = world.index()
        #expect(
            world.problems()
                == [
                    "SecretNotFound: secret shop/s does not exist",
                    "InvalidHost: ingress shop/web: spec.tls: not a DNS name: \"192.0.2.1\": the last label is a number, as in an IP address",
                ])
    }

    @Test func `the default Secret serves names that nobody knows, and a self-signed one stands in for it`() throws {
        let pair = try Pair(["default.example", "*.default.example"])
        var world = try World(defaultSecret: Make.name("fallback"))
        let before = world.index()
        #expect(before.fallback.isPlaceholder)
        #expect(before.fallback.keyPair.leaf.dnsNames == ["placeholder.invalid"])
        world.put(pair.secret("fallback"), Make.ingress("web", tls: [(["a.default.example"], "absent")]))
        let after = world.index()
        #expect(after.fallback.keyPair.leaf == pair.leaf)
        #expect(after.leaf("a.default.example") == pair.leaf)
        world.put(Make.secret("fallback", ["tls.crt": [], "tls.key": []]))
        #expect(world.index().fallback === after.fallback)
        #expect(world.problems().contains { $0.hasPrefix("SecretUnusable: secret shop/fallback") })
    }
}
