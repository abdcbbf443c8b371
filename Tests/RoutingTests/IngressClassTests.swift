import Core
import FoundationEssentials
import KubernetesAPI
import Store
import Testing

@testable import Routing

@Suite("Ingress classes, networking.k8s.io/v1 IngressSpec.ingressClassName")
struct IngressClassTests {
    private func serves(
        className: String? = nil, annotation: String? = nil, _ classes: [KubernetesObject] = [], policy: IngressClassPolicy = Make.policy
    ) -> Bool {
        var meta = Make.meta("web")
        meta.annotations = annotation.map { ["kubernetes.io/ingress.class": $0] } ?? [:]
        let ingress = Ingress(metadata: meta, spec: IngressSpec(ingressClassName: className))
        return policy.serves(ingress, classes: ObjectSet(classes).ingressClasses)
    }

    @Test func `the controller of the named IngressClass decides`() {
        #expect(serves(className: "mine", [Make.ingressClass("mine")]))
        #expect(!serves(className: "theirs", [Make.ingressClass("theirs", controller: "k8s.io/ingress-nginx"), Make.ingressClass("mine")]))
        #expect(!serves(className: "certctl", [Make.ingressClass("certctl", controller: "someone.else/ingress")]))
        #expect(
            serves(
                className: "nginx", [Make.ingressClass("nginx", controller: "k8s.io/ingress-nginx")],
                policy: IngressClassPolicy(controllerName: "k8s.io/ingress-nginx", className: "nginx")))
    }

    @Test func `a class without an object counts by our own name alone`() {
        #expect(serves(className: "certctl"))
        #expect(!serves(className: "some-invalid-class-name"))
        #expect(!serves(className: "certctl", policy: IngressClassPolicy(className: nil)))
        #expect(!serves(className: ""))
    }

    @Test func `the legacy annotation takes precedence over the field`() {
        #expect(serves(annotation: "certctl"))
        #expect(!serves(annotation: "nginx"))
        #expect(serves(className: "nginx", annotation: "certctl"))
        #expect(!serves(className: "certctl", annotation: "nginx"))
        #expect(serves(annotation: "mine", [Make.ingressClass("mine")]))
        #expect(!serves(annotation: "", [Make.ingressClass("mine", isDefault: true)]))
    }

    @Test func `without a class, the default IngressClass decides`() {
        #expect(!serves())
        #expect(serves([Make.ingressClass("mine", isDefault: true)]))
        #expect(!serves([Make.ingressClass("mine")]))
        #expect(!serves([Make.ingressClass("theirs", controller: "x/y", isDefault: true), Make.ingressClass("mine")]))
    }

    @Test func `of several defaults the newest counts, then the first by name`() {
        let old = Make.ingressClass("a", controller: "x/y", isDefault: true, age: 10)
        #expect(serves([old, Make.ingressClass("b", isDefault: true, age: 5)]))
        #expect(!serves([old, Make.ingressClass("b", isDefault: true, age: 20)]))
        #expect(!serves([Make.ingressClass("a", controller: "x/y", isDefault: true), Make.ingressClass("b", isDefault: true)]))
    }

    @Test func `an Ingress without any class is taken only when told to`() {
        let greedy = IngressClassPolicy(watchWithoutClass: true)
        #expect(serves(policy: greedy))
        #expect(serves([Make.ingressClass("mine")], policy: greedy))
        #expect(!serves([Make.ingressClass("theirs", controller: "x/y", isDefault: true)], policy: greedy))
        #expect(!serves(className: "nginx", policy: greedy))
        #expect(!serves(annotation: "nginx", policy: greedy))
    }

    @Test func `an Ingress comes and goes with its IngressClass`() {
        var compiler = RouteCompiler(policy: Make.policy)
        var objects = ObjectSet([Make.ingress("web", className: "mine", [Make.rule("a.example", ["Prefix / web"])])])
        #expect(compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true))).service("a.example", "/") == nil)
        let key = ObjectKey(kind: .ingressClass, name: NamespacedName(namespace: "", name: "mine"))
        var changed = ChangeSet()
        changed.insert(key)
        objects.insert(Make.ingressClass("mine"))
        #expect(compiler.apply(StoreUpdate(objects: objects, changed: changed)).service("a.example", "/") == "web")
        #expect(compiler.servedIngresses == [Make.name("web")])
        objects.remove(key)
        #expect(compiler.apply(StoreUpdate(objects: objects, changed: changed)).service("a.example", "/") == nil)
        #expect(compiler.servedIngresses.isEmpty)
    }
}
