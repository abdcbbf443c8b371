import Core
import KubernetesAPI
import KubernetesClient
import Routing
import Store
import Testing

@testable import ClusterReporting

@Suite("Ingress status: the addresses to show") struct IngressStatusTests {
    private static let front = NamespacedName(namespace: "infra", name: "front")

    private static func ips(_ texts: String...) -> [LoadBalancerIngress] { texts.map { LoadBalancerIngress(ip: $0) } }

    @Test(
        arguments: [
            (Sample.service("ClusterIP"), ips("10.0.0.9")),
            (Sample.service("ClusterIP") { $0.clusterIP = "None" }, nil),
            (Sample.service("NodePort"), ips("10.0.0.9")),
            (Sample.service("NodePort") { $0.externalIPs = ["192.0.2.7"] }, ips("192.0.2.7")),
            (Sample.service("LoadBalancer"), nil),
            (
                Sample.service("LoadBalancer") { $0.loadBalancer = [LoadBalancerIngress(hostname: "lb.example")] },
                [LoadBalancerIngress(hostname: "lb.example")]
            ),
            (
                Sample.service("LoadBalancer") {
                    $0.loadBalancer = ips("192.0.2.1")
                    $0.externalIPs = ["192.0.2.1", "192.0.2.2"]
                }, ips("192.0.2.1", "192.0.2.2")
            ),
            (Sample.service("ExternalName") { $0.externalName = "front.example" }, [LoadBalancerIngress(hostname: "front.example")]),
        ] as [(Service, [LoadBalancerIngress]?)])
    func `of a Service by its type`(service: Service, addresses: [LoadBalancerIngress]?) {
        let source = IngressStatusSource.service(Self.front)
        #expect(source.addresses(in: ObjectSet([.service(service)])) == addresses)
        #expect(source.addresses(in: ObjectSet()) == nil)
    }

    @Test func `given addresses are IPs in canonical text, or host names`() {
        let source = IngressStatusSource.addresses(["192.0.2.1", "2001:DB8::0:1", "edge.example", "192.0.2.1"])
        #expect(
            source.addresses(in: ObjectSet()) == [
                LoadBalancerIngress(ip: "192.0.2.1"), LoadBalancerIngress(ip: "2001:db8::1"), LoadBalancerIngress(hostname: "edge.example"),
            ])
    }

    @Test func `only served Ingresses that show something else are written`() {
        var leaving = Sample.ingress("leaving")
        leaving.metadata.deletionTimestamp = noon
        let objects = ObjectSet([
            .ingress(Sample.ingress("new")), .ingress(Sample.ingress("old", addresses: Self.ips("192.0.2.9"))),
            .ingress(Sample.ingress("right", addresses: Self.ips("192.0.2.1"))),
            .ingress(Sample.ingress("foreign", className: "nginx")), .ingress(leaving),
        ])
        let planner = IngressStatusPlanner(source: .addresses(["192.0.2.1"]), ingressClasses: IngressClassPolicy())
        let writes = planner.writes(objects)
        #expect(writes.map(\.target.name.name) == ["new", "old"])
        #expect(writes.first.map { Sample.text($0.status) } == "{\"loadBalancer\":{\"ingress\":[{\"ip\":\"192.0.2.1\"}]}}")
        #expect(writes.first?.uid == "uid-new")
    }

    @Test func `what is not known yet is never written, and said`() {
        let planner = IngressStatusPlanner(source: .service(Self.front), ingressClasses: IngressClassPolicy())
        let ingress = KubernetesObject.ingress(Sample.ingress("web", addresses: Self.ips("192.0.2.9")))
        #expect(planner.writes(ObjectSet([ingress])).isEmpty)
        #expect(planner.complaint(ObjectSet([ingress])) == "--publish-service: Service infra/front does not exist, or is not watched")
        let pending = ObjectSet([ingress, .service(Sample.service("LoadBalancer"))])
        #expect(planner.writes(pending).isEmpty)
        #expect(planner.complaint(pending) == "--publish-service: Service infra/front has no address yet")
        let ready = ObjectSet([ingress, .service(Sample.service("ClusterIP"))])
        #expect(planner.complaint(ready) == nil && planner.writes(ready).count == 1)
    }
}
