import Core
import KubernetesAPI
import Testing

@testable import Routing

@Suite("Services and EndpointSlices, as kube-proxy reads them")
struct UpstreamTests {
    /// The upstream of a backend `web:PORT`.
    private func upstream(_ port: ServiceBackendPort, _ objects: [KubernetesObject]) -> Upstream? {
        let path = HTTPIngressPath(path: "/", pathType: .prefix, backend: .service(name: "web", port: port))
        let ingress = Make.ingress("web", [IngressRule(host: "a.example", paths: [path])])
        return RouteTable.of([ingress] + objects).find("a.example", "/")?.upstream
    }

    private func addresses(_ port: ServiceBackendPort = .number(80), _ objects: KubernetesObject...) -> [String]? {
        upstream(port, objects)?.endpoints.map(\.description)
    }

    @Test func `a port is found by number and by name, and the slice's port of that name counts`() {
        let service = Make.service(
            "web",
            ports: [
                ServicePort(name: "admin", port: 9000, targetPort: .int(1)),
                ServicePort(name: "http", port: 80, targetPort: .string("web")),
            ])
        let slice = Make.slice(
            "web", ports: [EndpointPort(name: "admin", port: 9001), EndpointPort(name: "http", port: 8080)], [Make.ready("10.0.0.1")])
        #expect(addresses(.number(80), service, slice) == ["10.0.0.1:8080"])
        #expect(addresses(.name("http"), service, slice) == ["10.0.0.1:8080"])
        #expect(addresses(.name("admin"), service, slice) == ["10.0.0.1:9001"])
        #expect(upstream(.number(8080), [service, slice])?.state == .noPort)
        #expect(upstream(.name("web"), [service, slice])?.state == .noPort)
        #expect(upstream(.name("http"), [service, slice])?.name == "shop/web:http")
    }

    @Test func `an unnamed port matches an unnamed or empty name`() {
        let service = Make.service("web", ports: [ServicePort(port: 80)])
        #expect(
            addresses(.number(80), service, Make.slice("web", ports: [EndpointPort(port: 81)], [Make.ready("10.0.0.1")])) == ["10.0.0.1:81"]
        )
        let empty = Make.slice("web", ports: [EndpointPort(name: "", port: 82)], [Make.ready("10.0.0.1")])
        #expect(addresses(.number(80), service, empty) == ["10.0.0.1:82"])
    }

    @Test func `what is missing is named`() {
        #expect(upstream(.number(80), [])?.state == .noService)
        #expect(upstream(.number(80), [Make.service("web")])?.state == .noEndpoints)
        #expect(upstream(.number(80), [Make.service("web"), Make.slice("web", [])])?.state == .noEndpoints)
        #expect(upstream(.number(80), [Make.service("web"), Make.slice("other", [Make.ready("10.0.0.1")])])?.state == .noEndpoints)
        let udp = Make.service("web", ports: [ServicePort(name: "http", port: 80, protocol: "UDP")])
        #expect(upstream(.number(80), [udp])?.state == .noPort)
    }

    @Test func `TCP is chosen when UDP has the same number`() {
        let service = Make.service(
            "web",
            ports: [ServicePort(name: "quic", port: 443, protocol: "UDP"), ServicePort(name: "https", port: 443, appProtocol: "https")])
        let slice = Make.slice(
            "web", ports: [EndpointPort(name: "quic", port: 1, protocol: "UDP"), EndpointPort(name: "https", port: 2)],
            [Make.ready("10.0.0.1")])
        #expect(addresses(.number(443), service, slice) == ["10.0.0.1:2"])
        #expect(upstream(.number(443), [service, slice])?.appProtocol == "https")
    }

    @Test func `only ready endpoints are used, and nil means ready`() {
        let slice = Make.slice(
            "web",
            [
                Make.ready("10.0.0.1"), Endpoint(addresses: ["10.0.0.2"]), Endpoint(addresses: ["10.0.0.3"], ready: false),
                Endpoint(addresses: ["10.0.0.4"], ready: false, serving: true, terminating: true),
                Endpoint(addresses: ["10.0.0.5"], ready: false, serving: true, terminating: false),
            ])
        #expect(addresses(.number(80), Make.service("web"), slice) == ["10.0.0.1:8080", "10.0.0.2:8080"])
    }

    @Test func `terminating endpoints that still serve are used when no other is ready`() {
        let slice = Make.slice(
            "web",
            [
                Endpoint(addresses: ["10.0.0.3"], ready: false),
                Endpoint(addresses: ["10.0.0.4"], ready: false, serving: true, terminating: true),
                Endpoint(addresses: ["10.0.0.5"], ready: false, serving: false, terminating: true),
            ])
        #expect(addresses(.number(80), Make.service("web"), slice) == ["10.0.0.4:8080"])
    }

    @Test func `an endpoint in two slices counts once, and every address of an endpoint counts`() {
        let one = Make.slice("web", suffix: "1", [Endpoint(addresses: ["10.0.0.2", "10.0.0.1"])])
        let two = Make.slice("web", suffix: "2", [Make.ready("10.0.0.1"), Make.ready("10.0.0.3")])
        #expect(addresses(.number(80), Make.service("web"), one, two) == ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"])
    }

    @Test func `Pods of a dual-stack Service count once, by the family of its cluster IP`() {
        let four = Make.slice("web", suffix: "4", managed: true, [Make.ready("10.0.0.1")])
        let six = Make.slice("web", suffix: "6", family: "IPv6", managed: true, [Make.ready("fd00::1")])
        #expect(addresses(.number(80), Make.service("web", clusterIP: "10.96.0.1"), four, six) == ["10.0.0.1:8080"])
        #expect(addresses(.number(80), Make.service("web", clusterIP: "fd00:1::1"), four, six) == ["[fd00::1]:8080"])
        #expect(addresses(.number(80), Make.service("web", clusterIP: "None"), four, six) == ["10.0.0.1:8080"])
        #expect(addresses(.number(80), Make.service("web", clusterIP: "10.96.0.1"), six) == ["[fd00::1]:8080"])
    }

    @Test func `slices written by hand are all used, of either family, without a selector`() {
        let four = Make.slice("web", suffix: "4", [Make.ready("127.0.0.1")])
        let six = Make.slice("web", suffix: "6", family: "IPv6", [Make.ready("::1")])
        let name = Make.slice("web", suffix: "7", family: "FQDN", [Make.ready("a.example")])
        #expect(addresses(.number(80), Make.service("web"), four, six, name) == ["127.0.0.1:8080", "[::1]:8080"])
    }

    @Test func `a slice port without a number leaves the choice to the Service`() {
        let slice = Make.slice("web", ports: [EndpointPort(name: "http", port: nil)], [Make.ready("10.0.0.1")])
        let numeric = Make.service("web", ports: [ServicePort(name: "http", port: 80, targetPort: .int(3000))])
        #expect(addresses(.number(80), numeric, slice) == ["10.0.0.1:3000"])
        #expect(addresses(.number(80), Make.service("web"), slice) == ["10.0.0.1:80"])
        let absurd = Make.slice("web", ports: [EndpointPort(name: "http", port: 70_000)], [Make.ready("10.0.0.1")])
        #expect(addresses(.number(80), Make.service("web"), absurd) == [])
    }

    @Test func `an ExternalName Service is its name and the port`() {
        func external(_ name: String?, _ ports: [ServicePort] = []) -> KubernetesObject {
            .service(Service(metadata: Make.meta("web"), type: "ExternalName", externalName: name, ports: ports))
        }
        let plain = upstream(.number(443), [external("api.example.com")])
        #expect(plain?.endpoints == [UpstreamEndpoint(address: "api.example.com", port: 443)])
        #expect(plain?.externalName == "api.example.com")
        #expect(plain?.state == .ok)
        let ports = [ServicePort(name: "https", port: 443, targetPort: .int(8443), appProtocol: "https")]
        #expect(upstream(.name("https"), [external("api.example.com", ports)])?.endpoints.first?.port == 8443)
        #expect(upstream(.name("https"), [external("api.example.com", ports)])?.appProtocol == "https")
        #expect(upstream(.name("http"), [external("api.example.com", ports)])?.state == .noPort)
        #expect(upstream(.number(443), [external(nil)])?.state == .noPort)
        #expect(upstream(.number(0), [external("api.example.com")])?.state == .noPort)
    }

    @Test func `a resource backend is answered 503 and reported`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let backend = IngressBackend.resource(apiGroup: "storage.example", kind: "Bucket", name: "files")
        let path = HTTPIngressPath(path: "/", pathType: .prefix, backend: backend)
        let table = compiler.apply(Make.everything([Make.ingress("web", [IngressRule(host: "a.example", paths: [path])])]))
        #expect(table.find("a.example", "/")?.upstream.state == .notAService)
        #expect(
            compiler.problems.map(\.description) == [
                "UnsupportedBackend: ingress shop/web: backend Bucket shop/files is not a Service; only Services are served"
            ])
    }

    @Test func `an upstream that cannot be used is reported for every Ingress that leads there`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let objects = [
            Make.ingress("one", [Make.rule("a.example", ["Prefix / web", "Prefix /x web"])]),
            Make.ingress("two", [Make.rule("b.example", ["Prefix / web"])]),
        ]
        _ = compiler.apply(Make.everything(objects))
        #expect(compiler.problems.map(\.code) == [.serviceNotFound, .serviceNotFound])
        #expect(compiler.problems.first?.message == "service shop/web does not exist (backend shop/web:80)")
        _ = compiler.apply(Make.everything(objects + [Make.service("web")]))
        #expect(
            compiler.problems.map(\.message) == Array(repeating: "service shop/web has no usable endpoint (backend shop/web:80)", count: 2))
        _ = compiler.apply(Make.everything(objects + [Make.service("web", ports: [ServicePort(port: 81)])]))
        #expect(compiler.problems.first?.message == "service shop/web has no such TCP port (backend shop/web:80)")
        _ = compiler.apply(Make.everything(objects + [Make.service("web"), Make.slice("web", [Make.ready("10.0.0.1")])]))
        #expect(compiler.problems.isEmpty)
    }
}
