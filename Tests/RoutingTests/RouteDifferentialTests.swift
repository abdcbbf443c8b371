import Core
import KubernetesAPI
import Store
import TestKit
import Testing

@testable import Routing

@Suite("Routing against a naive reference")
struct RouteDifferentialTests {
    private static let hosts: [String?] = [nil, nil, "", "a.x", "b.x", "*.x", "x", "*.a.x", "c.a.x"]
    private static let requestHosts = ["a.x", "b.x", "c.x", "x", "c.a.x", "d.a.x", "e.d.a.x", "y", ""]
    private static let elements = ["a", "b", "aa", "a-", "%2F", "..", "", "a!"]

    private static func path(_ random: inout SeededRandom) -> String {
        let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(elements) }
        return "/" + parts.joined(separator: "/") + (random.chance(30) ? "/" : "")
    }

    private static func backend(_ random: inout SeededRandom) -> IngressBackend {
        let name = "s\(Int.random(in: 0..<6, using: &random))"
        if random.chance(5) { return .resource(apiGroup: nil, kind: "Bucket", name: name) }
        return .service(name: name, port: random.chance(50) ? .number(80) : .name("http"))
    }

    static func ingress(_ random: inout SeededRandom, ingresses: Int) -> KubernetesObject {
        let rules = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            IngressRule(
                host: random.pick(hosts),
                paths: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    HTTPIngressPath(
                        path: path(&random), pathType: random.pick(HTTPIngressPath.PathType.allCases), backend: backend(&random))
                })
        }
        let tls = random.chance(30) ? [IngressTLS(hosts: ["a.x", "*.x"], secretName: "s")] : []
        let spec = IngressSpec(
            ingressClassName: random.pick(["certctl", "certctl", "certctl", "other", "late"]),
            defaultBackend: random.chance(40) ? backend(&random) : nil, tls: tls, rules: rules)
        let age = random.chance(50) ? Int.random(in: 0..<3, using: &random) : nil
        return .ingress(Ingress(metadata: Make.meta("i\(Int.random(in: 0..<ingresses, using: &random))", age: age), spec: spec))
    }

    private static func difference(_ table: RouteTable, _ objects: ObjectSet, host: String, path: String) -> String? {
        let expected = NaiveReference.route(objects, Make.policy, host: host, path: path)
        let found = table.find(host.uppercased() + ":80", path)
        let got = found.map { "\($0.route.ingress.name) \($0.route.kind.rawValue) \($0.route.path) \($0.upstream.name)" }
        let want = expected.map { "\($0.ingress) \($0.kind) \($0.path) \(BackendKey($0.backend, namespace: "shop"))" }
        return got == want ? nil : "\(host) \(path): got \(got ?? "nothing"), want \(want ?? "nothing")"
    }

    @Test(arguments: [11, 22, 33, 44] as [UInt64])
    func `every lookup finds what trying all rules finds`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var found = 0
        for _ in 0..<60 {
            let objects = ObjectSet((0..<8).map { _ in RouteDifferentialTests.ingress(&random, ingresses: 6) })
            var compiler = RouteCompiler(policy: Make.policy)
            let table = compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true)))
            for _ in 0..<60 {
                guard let path = NaiveReference.canonicalPath(RouteDifferentialTests.path(&random)) else { continue }
                let host = random.pick(RouteDifferentialTests.requestHosts)
                if let difference = RouteDifferentialTests.difference(table, objects, host: host, path: path) {
                    Issue.record("seed \(seed): \(difference)")
                    return
                }
                found += table.find(host, path) == nil ? 0 : 1
            }
        }
        #expect(found > 1000)
    }

    private static func edit(_ world: inout RouteCompilerTests.World, _ random: inout SeededRandom) {
        let service = "s\(Int.random(in: 0..<6, using: &random))"
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: world.put(ingress(&random, ingresses: 12))
        case 4: world.remove(ObjectKey(kind: .ingress, name: Make.name("i\(Int.random(in: 0..<12, using: &random))")))
        case 5: world.put(Make.service(service, ports: [ServicePort(name: random.pick(["http", "web"]), port: random.pick([80, 81]))]))
        case 6: world.remove(ObjectKey(kind: .service, name: Make.name(service)))
        case 7:
            world.put(
                Make.slice(service, suffix: random.pick(["1", "2"]), [Make.ready("10.0.0.\(Int.random(in: 1...3, using: &random))")]))
        case 8: world.remove(ObjectKey(kind: .endpointSlice, name: Make.name("\(service)-1")))
        default:
            let late = Make.ingressClass("late")
            if random.chance(50) { world.put(late) } else { world.remove(late.key) }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `after any edits the table equals one compiled from scratch`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var world = RouteCompilerTests.World(hash: HostHash(seed: seed, multiplier: 0x9E37_79B9_7F4A_7C15, mask: 0xFF))
        for step in 0..<120 {
            for _ in 0...Int.random(in: 0...3, using: &random) { RouteDifferentialTests.edit(&world, &random) }
            // Now and then the store starts over, as after a lost watch.
            if random.chance(3) { world.changed = ChangeSet(isEverything: true) }
            let table = world.table()
            var scratch = RouteCompiler(policy: Make.policy)
            let expected = scratch.apply(StoreUpdate(objects: world.objects, changed: ChangeSet(isEverything: true)))
            let isSame =
                table.descriptions == expected.descriptions && table.statistics == expected.statistics
                && world.compiler.problems == scratch.problems && world.compiler.servedIngresses == scratch.servedIngresses
            if !isSame {
                Issue.record("seed \(seed), step \(step): the tables differ")
                return
            }
            for host in RouteDifferentialTests.requestHosts {
                guard let path = NaiveReference.canonicalPath(RouteDifferentialTests.path(&random)) else { continue }
                if let difference = RouteDifferentialTests.difference(table, world.objects, host: host, path: path) {
                    Issue.record("seed \(seed), step \(step): \(difference)")
                    return
                }
            }
        }
    }
}
