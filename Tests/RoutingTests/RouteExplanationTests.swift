import KubernetesAPI
import Testing

@testable import Routing

@Suite("Route explanations, certctl routes")
struct RouteExplanationTests {
    private let table = RouteTable.of([
        Make.ingress(
            "web", tls: [IngressTLS(hosts: ["shop.example"], secretName: "s")], defaultBackend: "fallback",
            [Make.rule("shop.example", ["Prefix /api api", "Exact /api/v1 exact"]), Make.rule("*.shop.example", ["Prefix / any"])]),
        Make.ingress("rest", defaultBackend: "rest"), Make.service("api"),
        Make.slice("api", [Make.ready("10.0.0.1"), Make.ready("10.0.0.2")]),
    ])

    @Test func `an answer names the rule, the Service, the endpoints and why`() {
        let explanation = table.explain(authority: "SHOP.example:443", target: "/x/../api?q=1")
        #expect(explanation.outcome == .upstream)
        #expect(explanation.canonicalPath == "/api")
        #expect(explanation.isListedInTLS)
        #expect(explanation.route?.endpoints == ["10.0.0.1:8080", "10.0.0.2:8080"])
        #expect(
            explanation.reasons == [
                "host shop.example is named by an Ingress", "path \"/x/../api?q=1\" is compared as \"/api\"",
                "Prefix path \"/api\" of ingress shop/web matches; backend shop/api:80 has 2 usable endpoint(s)",
            ])
    }

    @Test func `every other end is explained too`() {
        #expect(table.explain(authority: "a@b", target: "/").outcome == .badHost)
        #expect(table.explain(authority: "a", target: "/%00").reasons == ["target \"/%00\": the path holds a zero byte"])
        #expect(
            table.explain(authority: "a.shop.example", target: "/").reasons == [
                "host a.shop.example is covered by a wildcard host",
                "Prefix path \"/\" of ingress shop/web matches; backend shop/any:80 leads to a service that does not exist",
            ])
        #expect(table.explain(authority: "a.shop.example", target: "/").outcome == .unavailable)
        #expect(table.explain(authority: "shop.example", target: "/").reasons.last?.contains("has a default backend for the host") == true)
        #expect(table.explain(authority: "other", target: "/").reasons.last?.contains("the default backend of the class") == true)
        let nothing = RouteTable.empty.explain(authority: "", target: "/")
        #expect(nothing.outcome == .noRoute)
        #expect(nothing.reasons.first == "the empty host is named by no Ingress; rules for every host apply")
    }

    @Test func `the list of routes is sorted by host and complete`() {
        let list = table.descriptions.map { "\($0.host) \($0.kind.rawValue) \($0.path) \($0.upstream) \($0.state.rawValue)" }
        #expect(
            list == [
                "*.shop.example Prefix / shop/any:80 noService", "*.shop.example IngressDefault / shop/fallback:80 noService",
                "shop.example Exact /api/v1 shop/exact:80 noService", "shop.example Prefix /api shop/api:80 ok",
                "shop.example IngressDefault / shop/fallback:80 noService", "* ClassDefault / shop/rest:80 noService",
            ])
    }
}
