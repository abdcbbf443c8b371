import Core
import HashTreeCollections
import KubernetesAPI
import Store
import Testing

@testable import Routing

@Suite("Route compiler")
struct RouteCompilerTests {
    /// A compiler with the objects that it has seen, changed one at a time.
    struct World {
        var compiler: RouteCompiler
        var objects = ObjectSet()
        var changed = ChangeSet()

        init(hash: HostHash = HostHash()) { compiler = RouteCompiler(policy: Make.policy, hash: hash) }

        mutating func put(_ object: KubernetesObject) {
            note(object.key)
            objects.insert(object)
            note(object.key)
        }

        mutating func remove(_ key: ObjectKey) {
            note(key)
            objects.remove(key)
        }

        mutating func table() -> RouteTable {
            defer { changed = ChangeSet() }
            return compiler.apply(StoreUpdate(objects: objects, changed: changed))
        }

        private mutating func note(_ key: ObjectKey) {
            changed.insert(key)
            if key.kind == .endpointSlice, let service = objects.endpointSlices[key.name]?.service {
                changed.endpointServices.insert(service)
            }
        }
    }

    @Test func `of two Ingresses with one path the oldest wins and the other is told`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let table = compiler.apply(
            Make.everything([
                Make.ingress("a", age: 1, [Make.rule("x.example", ["Prefix /p young", "Exact /p exact", "Prefix /only-a a"])]),
                Make.ingress("b", age: 2, [Make.rule("x.example", ["Prefix /p/ old"])]),
                Make.ingress("c", [Make.rule("x.example", ["ImplementationSpecific /p none"])]),
            ]))
        #expect(table.service("x.example", "/p/x") == "old")
        #expect(table.service("x.example", "/p") == "exact")
        #expect(table.service("x.example", "/only-a") == "a")
        let duplicates = compiler.problems.filter { $0.code == .duplicatePath }
        #expect(
            duplicates.map(\.description) == [
                "DuplicatePath: ingress shop/a: Prefix path \"/p\" of x.example is ignored: Prefix path \"/p/\" of ingress shop/b comes first",
                "DuplicatePath: ingress shop/c: ImplementationSpecific path \"/p\" of x.example is ignored: Prefix path \"/p/\" of ingress shop/b comes first",
            ])
    }

    @Test func `of equal age the name decides, and a duplicate to the same place is no problem`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let table = compiler.apply(
            Make.everything([
                Make.ingress("b", [Make.rule("x.example", ["Prefix / b", "Prefix /same same"])]),
                Make.ingress("a", [Make.rule("x.example", ["Prefix / a", "Prefix /same same"])]),
            ]))
        #expect(table.service("x.example", "/") == "a")
        #expect(compiler.problems.filter { $0.code == .duplicatePath }.count == 1)
    }

    @Test func `the oldest default backend of a host and of the class wins`() {
        var compiler = RouteCompiler(policy: Make.policy)
        let table = compiler.apply(
            Make.everything([
                Make.ingress("a", age: 1, defaultBackend: "young", [Make.rule("x.example", [])]),
                Make.ingress("b", age: 2, defaultBackend: "old", [Make.rule("x.example", [])]),
                Make.ingress("c", age: 1, defaultBackend: "class-young"),
                Make.ingress("d", age: 2, defaultBackend: "class-old"),
            ]))
        #expect(table.service("x.example", "/") == "old")
        #expect(table.service("y.example", "/") == "class-old")
        let duplicates = compiler.problems.filter { $0.code == .duplicateDefaultBackend }
        #expect(
            duplicates.map(\.message) == [
                "the default backend of x.example is ignored: the one of ingress shop/b comes first",
                "the default backend of the class is ignored: the one of ingress shop/d comes first",
            ])
    }

    @Test func `a changed Service or slice changes its upstream and nothing else`() {
        var world = World()
        world.put(Make.ingress("a", [Make.rule("a.example", ["Prefix / web"]), Make.rule("b.example", ["Prefix / other"])]))
        for name in ["web", "other"] {
            world.put(Make.service(name))
            world.put(Make.slice(name, [Make.ready("10.0.0.1")]))
        }
        let first = world.table()
        world.put(Make.slice("web", [Make.ready("10.0.0.2")]))
        let second = world.table()
        #expect(second.find("a.example", "/")?.upstream.endpoints.map(\.address) == ["10.0.0.2"])
        #expect(first.find("a.example", "/")?.upstream.endpoints.map(\.address) == ["10.0.0.1"])
        #expect(second.find("a.example", "/")?.route === first.find("a.example", "/")?.route)
        #expect(second.find("a.example", "/")?.upstream.id == first.find("a.example", "/")?.upstream.id)
        #expect(second.find("b.example", "/")?.upstream === first.find("b.example", "/")?.upstream)
    }

    @Test func `an upstream keeps its id while the process lives, and its object while nothing about it changes`() throws {
        var world = World()
        let ingress = Make.ingress("a", [Make.rule("a.example", ["Prefix / web"])])
        world.put(ingress)
        world.put(Make.service("web"))
        let first = try #require(world.table().find("a.example", "/"))
        world.put(Make.ingress("a", [Make.rule("a.example", ["Prefix / web", "Prefix /new new"])]))
        let second = try #require(world.table().find("a.example", "/"))
        #expect(second.upstream === first.upstream)
        #expect(second.route !== first.route)
        world.remove(ingress.key)
        let empty = world.table()
        #expect(empty.statistics == RouteTable.Statistics(hosts: 0, routes: 0, upstreams: 0))
        #expect(empty.allUpstreams.isEmpty)
        world.put(ingress)
        let again = try #require(world.table().find("a.example", "/"))
        #expect(again.upstream.id == first.upstream.id)
    }

    @Test func `a snapshot is not touched by later changes`() {
        var world = World()
        world.put(Make.ingress("a", [Make.rule("a.example", ["Prefix / one"])]))
        let first = world.table()
        world.put(Make.ingress("a", [Make.rule("b.example", ["Prefix / two"])]))
        let second = world.table()
        #expect(first.service("a.example", "/") == "one")
        #expect(first.service("b.example", "/") == nil)
        #expect(second.service("a.example", "/") == nil)
        #expect(second.service("b.example", "/") == "two")
        #expect(RouteTable.empty.service("a.example", "/") == nil)
    }

    @Test func `hosts whose hashes collide are told apart`() {
        var world = World(hash: HostHash(seed: 1, multiplier: 0x9E37_79B9_7F4A_7C15, mask: 3))
        for number in 0..<50 { world.put(Make.ingress("i\(number)", [Make.rule("h\(number).example", ["Prefix / s\(number)"])])) }
        let table = world.table()
        for number in 0..<50 { #expect(table.service("h\(number).example", "/") == "s\(number)") }
        #expect(table.service("h50.example", "/") == nil)
        for number in stride(from: 0, to: 50, by: 2) { world.remove(Make.ingress("i\(number)").key) }
        let half = world.table()
        for number in 0..<50 { #expect(half.service("h\(number).example", "/") == (number % 2 == 0 ? nil : "s\(number)")) }
        #expect(half.statistics.hosts == 25)
    }

    @Test func `upstream ids beyond one chunk of the table work`() {
        let rules = (0..<300).map { Make.rule("h\($0).example", ["Prefix / s\($0)"]) }
        let table = RouteTable.of([Make.ingress("web", rules)])
        for number in [0, 127, 128, 129, 255, 256, 299] { #expect(table.service("h\(number).example", "/") == "s\(number)") }
        #expect(table.statistics == RouteTable.Statistics(hosts: 300, routes: 300, upstreams: 300))
        #expect(table.upstream(300) == nil)
        #expect(table.upstream(100_000) == nil)
    }

    @Test func `the fingerprint is that of the rules, whatever order they came in`() {
        let a = Make.ingress("a", [Make.rule("a.example", ["Prefix / web", "Exact /x web"])])
        let b = Make.ingress("b", [Make.rule("b.example", ["Prefix / web"])])
        let both = RouteTable.of([a, b]).fingerprint
        #expect(both == RouteTable.of([b, a]).fingerprint)
        #expect(RouteTable.of([]).fingerprint == 0 && both < 1 << 53)
        let endpoints = [Make.service("web"), Make.slice("web", [Make.ready("192.0.2.1")])]
        #expect(both == RouteTable.of([a, b] + endpoints).fingerprint, "endpoints come and go without a reload")
        let others = [
            [a], [b], [a, Make.ingress("b", [Make.rule("b.example", ["Exact / web"])])],
            [a, Make.ingress("b", [Make.rule("b.example", ["Prefix / other"])])],
            [a, Make.ingress("c", [Make.rule("b.example", ["Prefix / web"])])],
        ].map { RouteTable.of($0).fingerprint }
        #expect(Set(others + [both]).count == 6)
    }

    @Test func `a rule keeps its number while its Ingress is edited, and gives it up when it goes`() throws {
        var world = World()
        world.put(Make.ingress("a", [Make.rule("a.example", ["Prefix / web", "Prefix /old old"])]))
        world.put(Make.ingress("b", [Make.rule("b.example", ["Prefix / web"])]))
        let first = world.table()
        let kept = try #require(first.find("a.example", "/")?.route)
        let gone = try #require(first.find("a.example", "/old")?.route)
        let other = try #require(first.find("b.example", "/")?.route)
        #expect(Set([kept.number, gone.number, other.number]).count == 3)
        #expect(first.route(kept.number) === kept)

        world.put(Make.ingress("a", [Make.rule("a.example", ["Prefix /new new", "Prefix / web"])]))
        let second = world.table()
        let again = try #require(second.find("a.example", "/")?.route)
        #expect(again !== kept && again.number == kept.number && again.isSame(as: kept))
        #expect(second.route(gone.number).map { !$0.isSame(as: gone) } ?? true)
        #expect(second.routesVersion != first.routesVersion)
        #expect(second.route(other.number) === other)

        world.put(Make.service("web"))
        #expect(world.table().routesVersion == second.routesVersion)
    }
}
