import KubernetesAPI
import Testing

@testable import Routing

@Suite("Ingress hosts, RFC 9110 §7.2 and conformance host_rules")
struct IngressHostTests {
    private let table = RouteTable.of([
        Make.ingress(
            "web",
            [
                Make.rule("foo.bar.com", ["Prefix / foo-bar-com"]), Make.rule("*.foo.com", ["Prefix / wildcard"]),
                Make.rule("exact.foo.com", ["Prefix /only exact"]),
            ])
    ])

    @Test(arguments: [
        ("foo.bar.com", "foo-bar-com"), ("subdomain.bar.com", nil), ("bar.foo.com", "wildcard"), ("baz.bar.foo.com", nil), ("foo.com", nil),
        // Case, port and trailing dot do not count.
        ("FOO.Bar.Com", "foo-bar-com"), ("foo.bar.com:8443", "foo-bar-com"), ("foo.bar.com.", "foo-bar-com"),
        ("foo.bar.com.:80", "foo-bar-com"),
        ("BAR.FOO.COM:1", "wildcard"), ("a_b.foo.com", "wildcard"), ("foo.bar.com:", "foo-bar-com"),
        // Nothing that only looks like a host of ours.
        ("foo.bar.com.evil.example", nil), ("", nil), ("[2001:db8::1]", nil), ("[::1]:443", nil), ("192.0.2.1", nil),
        ("foo.bar.com..", nil),
        (".foo.com", nil), ("*.foo.com", nil), ("foo.bar.com@evil", nil), ("foo.bar.com:80x", nil), ("foo.bar.com:999999", nil),
    ])
    func `a host finds its rules`(host: String, service: String?) {
        #expect(table.service(host, "/") == service)
    }

    @Test func `an exact host is asked before the wildcard, which takes what the exact host does not match`() {
        #expect(table.service("exact.foo.com", "/only/x") == "exact")
        #expect(table.service("exact.foo.com", "/other") == "wildcard")
    }

    @Test func `every level with its default backend is asked before the next`() {
        func table(_ objects: KubernetesObject...) -> RouteTable { RouteTable.of(objects) }
        let exact = Make.ingress("exact", [Make.rule("a.foo.com", ["Prefix /e exact"])])
        let exactWithDefault = Make.ingress("exact", defaultBackend: "exact-default", [Make.rule("a.foo.com", ["Prefix /e exact"])])
        let wildcard = Make.ingress("wildcard", [Make.rule("*.foo.com", ["Prefix /w wildcard"])])
        let any = Make.ingress("any", [Make.rule(nil, ["Prefix /any any"])])
        let catchAll = Make.ingress("class", defaultBackend: "class-default")
        #expect(table(exact, wildcard, any, catchAll).service("a.foo.com", "/e") == "exact")
        #expect(table(exact, wildcard, any, catchAll).service("a.foo.com", "/w") == "wildcard")
        #expect(table(exact, wildcard, any, catchAll).service("a.foo.com", "/any") == "any")
        #expect(table(exact, wildcard, any, catchAll).service("a.foo.com", "/none") == "class-default")
        #expect(table(exact, wildcard, any).service("a.foo.com", "/none") == nil)
        #expect(table(exactWithDefault, wildcard, any, catchAll).service("a.foo.com", "/w") == "exact-default")
        #expect(table(exactWithDefault, wildcard, any, catchAll).service("b.foo.com", "/w") == "wildcard")
        #expect(table(exactWithDefault, catchAll).service("b.foo.com", "/") == "class-default")
    }

    @Test func `an Ingress without rules takes everything, whatever method or host, as in default_backend`() {
        let table = RouteTable.of([Make.ingress("only", defaultBackend: "echo-service")])
        for (host, path) in [("my-host", "/"), ("my-host", "/sub-path"), ("some-host", "/"), ("", "/resource"), ("[::1]:80", "/x")] {
            #expect(table.service(host, path) == "echo-service")
        }
    }

    @Test func `a rule with a host and no paths sends the host to the default backend`() {
        let table = RouteTable.of([
            Make.ingress("web", defaultBackend: "fallback", [Make.rule("a.example", [])]), Make.ingress("class", defaultBackend: "class"),
        ])
        #expect(table.service("a.example", "/x") == "fallback")
        #expect(table.service("b.example", "/x") == "class")
    }

    @Test func `internationalised hosts are compared as A-labels`() {
        let table = RouteTable.of([Make.ingress("web", [Make.rule("Bücher.example", ["Prefix / books"])])])
        #expect(table.service("xn--bcher-kva.example", "/") == "books")
    }

    @Test func `a host that is no DNS name is reported and the other rules of its Ingress work`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let rules = ["192.0.2.1", "a.example:80", "a..example", "ok.example", "*", "a.*.example"].map { Make.rule($0, ["Prefix / web"]) }
        let table = compiler.apply(Make.everything([Make.ingress("web", rules)]))
        #expect(table.service("ok.example", "/") == "web")
        #expect(compiler.problems.filter { $0.code == .invalidHost }.count == 5)
        #expect(
            compiler.problems.contains {
                $0.message == "spec.rules: not a DNS name: \"192.0.2.1\": the last label is a number, as in an IP address"
            })
        #expect(table.service("anything.example", "/") == nil)
    }

    @Test func `a tls section marks its hosts, exact or below a wildcard`() {
        let tls = [IngressTLS(hosts: ["A.example", "*.w.example"], secretName: "s")]
        let table = RouteTable.of([Make.ingress("web", tls: tls, [Make.rule("b.example", ["Prefix / web"])])])
        func isListed(_ host: String) -> Bool? {
            let bytes = Array(host.utf8)
            return table.hostRoutes(for: bytes.span)?.isListedInTLS
        }
        #expect(isListed("a.example:80") == true)
        #expect(isListed("x.w.example") == true)
        #expect(isListed("b.example") == false)
        #expect(isListed("x.x.w.example") == false)
        #expect(isListed("a@b") == nil)
    }

    @Test(arguments: [
        ("", 0..<0), ("a", 0..<1), ("a:1", 0..<1), ("a.", 0..<1), ("a.:", 0..<1), ("[::]", 0..<4), ("[::]:65535", 0..<4),
        ("a:12345", 0..<1),
        (":80", 0..<0), ("-a-", 0..<3),
    ])
    func `the host is found in an authority`(authority: String, range: Range<Int>) {
        let bytes = Array(authority.utf8)
        #expect(RequestHost.range(in: bytes.span) == range)
    }

    @Test(arguments: [
        ".", "..", "a..b", ".a", "a b", "a/b", "a@b", "a:b", "a:123456", "[", "[]", "[::", "[::1]x", "[::1]:x", "[fe80::1%25eth0]", "a\0",
        "ä", "a,b",
        "a%2eb", "[::1].", "a:80:80",
    ])
    func `a malformed authority is refused`(authority: String) {
        let bytes = Array(authority.utf8)
        #expect(RequestHost.range(in: bytes.span) == nil)
        #expect(table.hostRoutes(for: bytes.span) == nil)
    }
}
