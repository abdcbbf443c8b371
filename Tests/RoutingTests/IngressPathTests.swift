import KubernetesAPI
import Testing

@testable import Routing

@Suite("Ingress paths, Kubernetes documentation table and conformance features")
struct IngressPathTests {
    struct Row: Sendable, CustomStringConvertible {
        let rules: [String]
        let request: String
        let service: String?
        var description: String { "\(rules) \(request) -> \(service ?? "404")" }

        init(_ rules: [String], _ request: String, _ service: String?) {
            self.rules = rules
            self.request = request
            self.service = service
        }
    }

    /// https://kubernetes.io/docs/concepts/services-networking/ingress/#examples, in its order.
    static let documented: [Row] = [
        Row(["Prefix / a"], "/", "a"), Row(["Prefix / a"], "/foo/bar", "a"),
        Row(["Exact /foo a"], "/foo", "a"), Row(["Exact /foo a"], "/bar", nil), Row(["Exact /foo a"], "/foo/", nil),
        Row(["Exact /foo/ a"], "/foo", nil),
        Row(["Prefix /foo a"], "/foo", "a"), Row(["Prefix /foo a"], "/foo/", "a"),
        Row(["Prefix /foo/ a"], "/foo", "a"), Row(["Prefix /foo/ a"], "/foo/", "a"),
        Row(["Prefix /aaa/bb a"], "/aaa/bbb", nil),
        Row(["Prefix /aaa/bbb a"], "/aaa/bbb", "a"), Row(["Prefix /aaa/bbb/ a"], "/aaa/bbb", "a"),
        Row(["Prefix /aaa/bbb a"], "/aaa/bbb/", "a"), Row(["Prefix /aaa/bbb a"], "/aaa/bbb/ccc", "a"),
        Row(["Prefix /aaa/bbb a"], "/aaa/bbbxyz", nil),
        Row(["Prefix / root", "Prefix /aaa a"], "/aaa/ccc", "a"), Row(["Prefix /aaa a", "Prefix / root"], "/aaa/ccc", "a"),
        Row(["Prefix / root", "Prefix /aaa a", "Prefix /aaa/bbb b"], "/aaa/bbb", "b"),
        Row(["Prefix / root", "Prefix /aaa a", "Prefix /aaa/bbb b"], "/ccc", "root"),
        Row(["Prefix /aaa a"], "/ccc", nil),
        Row(["Prefix /foo p", "Exact /foo e"], "/foo", "e"), Row(["Exact /foo e", "Prefix /foo p"], "/foo", "e"),
    ]

    /// ingress-controller-conformance, path_rules.feature, P1 to P16.
    static let conformance: [Row] = [
        Row(["Exact /foo e"], "/foo", "e"), Row(["Exact /foo e"], "/foo/", nil), Row(["Exact /foo e"], "/FOO", nil),
        Row(["Exact /foo e"], "/bar", nil),
        Row(["Prefix /foo p"], "/foo", "p"), Row(["Prefix /foo p"], "/foo/", "p"), Row(["Prefix /foo p"], "/FOO", nil),
        Row(["Prefix /aaa/bbb b", "Prefix /aaa a"], "/aaa/bbb", "b"), Row(["Prefix /aaa/bbb b", "Prefix /aaa a"], "/aaa/bbb/ccc", "b"),
        Row(["Prefix /aaa/bbb b", "Prefix /aaa a"], "/aaa/ccc", "a"), Row(["Prefix /aaa/bbb b", "Prefix /aaa a"], "/aaaccc", nil),
        Row(["Prefix /foo p", "Exact /foo e"], "/foo", "e"),
        Row(["Prefix /aaa/bbb/ b"], "/aaa/bbb", "b"), Row(["Prefix /aaa/bbb/ b"], "/aaa/bbb/", "b"),
        Row(["Exact /foo/ e"], "/foo", nil), Row(["Exact /foo/ e"], "/foo/", "e"),
    ]

    static let ours: [Row] = [
        // ImplementationSpecific matches as Prefix; without a path it matches everything.
        Row(["ImplementationSpecific /foo i"], "/foo/bar", "i"), Row(["ImplementationSpecific /foo i"], "/foobar", nil),
        Row(["ImplementationSpecific  i"], "/any", "i"), Row(["ImplementationSpecific /foo i", "Exact /foo e"], "/foo", "e"),
        // An exact path wins over any prefix, longer in bytes or not.
        Row(["Prefix /foo/ p", "Exact /foo e"], "/foo", "e"), Row(["Prefix /foo p", "Exact /foo/ e"], "/foo/", "e"),
        // Bytes below the slash in ASCII must not come between a prefix and what is under it.
        Row(["Prefix /a a", "Prefix /a-b b", "Prefix /a!c c"], "/a/x", "a"), Row(["Prefix /a a", "Prefix /a-b b"], "/a-b/x", "b"),
        Row(["Prefix /a a", "Prefix /a/b b", "Prefix /a-b c"], "/a/b-c", "a"), Row(["Prefix /a a", "Prefix /a/b/c c"], "/a/b", "a"),
        // Matching is on the canonical path, on both sides.
        Row(["Prefix /foo p"], "/bar/../foo", "p"), Row(["Prefix /foo p"], "/%66oo", "p"), Row(["Prefix /foo p"], "//foo//x", "p"),
        Row(["Prefix /admin p", "Prefix / root"], "/x/%2e%2e/admin", "p"),
        Row(["Prefix /admin p", "Prefix / root"], "/x/..%2fadmin", "root"),
        Row(["Prefix /admin p", "Prefix / root"], "/%61dmin%2Fx", "root"), Row(["Prefix /f%6fo p"], "/foo", "p"),
        Row(["Prefix /café p"], "/caf%c3%a9", "p"), Row(["Exact /a%2fb e"], "/a%2Fb", "e"), Row(["Exact /a%2Fb e"], "/a/b", nil),
        Row(["Prefix //foo//bar/ p"], "/foo/bar/x", "p"), Row(["Exact /foo;v=1 e"], "/foo;v=1", "e"),
        Row(["Exact /foo e"], "/foo;v=1", nil),
        Row(["Exact /foo e"], "/foo?bar", "e"),
    ]

    @Test(arguments: documented + conformance + ours)
    func `a request finds the rule that the table says`(row: Row) {
        let table = RouteTable.of([Make.ingress("web", [Make.rule("shop.example", row.rules)])])
        #expect(table.service("shop.example", row.request) == row.service)
    }

    @Test(arguments: documented + conformance + ours)
    func `rules for every host match in the same way`(row: Row) {
        let table = RouteTable.of([Make.ingress("web", [Make.rule(nil, row.rules)])])
        #expect(table.service("anything.example", row.request) == row.service)
    }

    @Test func `a path without a match goes to the default backend of its Ingress`() {
        let table = RouteTable.of([Make.ingress("web", defaultBackend: "fallback", [Make.rule("shop.example", ["Prefix /aaa a"])])])
        #expect(table.service("shop.example", "/ccc") == "fallback")
        #expect(table.service("shop.example", "/aaa") == "a")
        #expect(table.service("other.example", "/aaa") == nil)
        #expect(table.find("shop.example", "/ccc")?.route.kind == .ingressDefault)
    }

    @Test func `a path that no request can have is reported and left out`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let paths = ["Prefix foo a", "Exact /a?b a", "Prefix /%zz a", "Prefix /%00 a", "Exact  a", "Prefix /ok ok"]
        let table = compiler.apply(Make.everything([Make.ingress("web", [Make.rule("a.example", paths)])]))
        let messages = compiler.problems.filter { $0.code == .invalidPath }.map(\.message)
        #expect(
            messages == [
                "path \"\": the path does not begin with a slash",
                "path \"/%00\": the path holds a zero byte",
                "path \"/%zz\": a percent sign in the path is not followed by two hexadecimal digits",
                "path \"/a?b\" has a question mark; a request's query is never part of its path",
                "path \"foo\": the path does not begin with a slash",
            ])
        #expect(table.service("a.example", "/ok") == "ok")
        #expect(table.service("a.example", "/") == nil)
    }

    @Test func `three thousand nested prefixes are searched at once`() {
        let rules = (1...3000).map { "Prefix " + String(repeating: "/a", count: $0 % 300 + 1) + "/\($0) s\($0)" }
        let table = RouteTable.of([Make.ingress("web", [Make.rule("a.example", rules)])])
        for number in [1, 299, 300, 1500, 3000] {
            let path = String(repeating: "/a", count: number % 300 + 1) + "/\(number)/x"
            #expect(table.service("a.example", path) == "s\(number)")
        }
        #expect(table.service("a.example", String(repeating: "/a", count: 5000)) == nil)
    }
}
