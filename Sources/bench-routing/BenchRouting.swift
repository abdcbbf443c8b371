import Core
import Glibc
import KubernetesAPI
import Routing
import Store

/// usage: bench-routing [HOSTS]
///
/// CPU per lookup among so many hosts of four paths each, and per changed Ingress. Hosts and paths are asked for at random, so that a
/// lookup waits for memory as it does in a proxy that everybody visits; `warm` asks for one host again and again.
@main
enum BenchRouting {
    static func main() {
        guard let hostCount = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) : 100_000, hostCount > 0 else {
            print("usage: bench-routing [HOSTS]")
            exit(2)
        }

        let ingressClass = IngressClass(
            metadata: ObjectMeta(
                id: NamespacedName(namespace: "", name: "certctl"), annotations: ["ingressclass.kubernetes.io/is-default-class": "true"]),
            controller: "certctl.dev/ingress")
        var objects = ObjectSet([.ingressClass(ingressClass)])
        for number in 0..<hostCount { objects.insert(ingress(number, service: "web")) }

        var compiler = RouteCompiler(policy: IngressClassPolicy())
        var start = processorTime()
        var table = compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true)))
        print("\(table.statistics.hosts) hosts, \(table.statistics.routes) routes: compiled in \(Int((processorTime() - start) * 1000)) ms")

        let authorities = (0..<hostCount).map { Array("host-\($0).team-\($0 % 97).example.test:8443".utf8) }
        let paths = ["/", "/index.html", "/api/v1/orders/17", "/static/app.js"].map { Array($0.utf8) }
        var random = SystemRandomNumberGenerator()
        // What is asked for is chosen before the clock runs, and lies in memory in the order in which it is read: in a proxy it was
        // just received.
        var cold = Questions()
        for _ in 0..<1_000_000 { cold.add(authorities.randomElement(using: &random) ?? [], paths.randomElement(using: &random) ?? []) }
        var warm = Questions()
        for number in 0..<1_000_000 { warm.add(authorities[(number & 7) % hostCount], paths[number & 3]) }

        for _ in 1...5 {
            print("a lookup: random host and path \(nanoseconds(of: cold, in: table)) ns, warm \(nanoseconds(of: warm, in: table)) ns")
        }

        start = processorTime()
        let changes = 2000
        for change in 0..<changes {
            let number = change * 7919 % hostCount
            let object = ingress(number, service: "web-\(change % 5)")
            objects.insert(object)
            var changed = ChangeSet()
            changed.insert(object.key)
            table = compiler.apply(StoreUpdate(objects: objects, changed: changed))
        }
        print("one changed Ingress: \(Int((processorTime() - start) / Double(changes) * 1e6)) us")
    }

    /// Seconds of CPU of this thread; other work on the machine does not count.
    static func processorTime() -> Double {
        var time = timespec()
        // SAFETY: the call writes to its argument and does not keep it.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func ingress(_ number: Int, service: String) -> KubernetesObject {
        let paths = ["/", "/api", "/api/v1/orders", "/static"].map {
            HTTPIngressPath(path: $0, pathType: .prefix, backend: .service(name: service, port: .number(80)))
        }
        let rule = IngressRule(host: "host-\(number).team-\(number % 97).example.test", paths: paths)
        return .ingress(
            Ingress(
                metadata: ObjectMeta(id: NamespacedName(namespace: "team-\(number % 97)", name: "host-\(number)")),
                spec: IngressSpec(ingressClassName: nil, rules: [rule])))
    }

    /// Hosts and paths, one behind the other.
    struct Questions {
        private(set) var bytes: [UInt8] = []
        private(set) var ends: [(host: Int, path: Int)] = []

        mutating func add(_ host: [UInt8], _ path: [UInt8]) {
            bytes += host
            let host = bytes.count
            bytes += path
            ends.append((host, bytes.count))
        }
    }

    /// CPU per lookup; ends the program when one finds nothing.
    static func nanoseconds(of questions: Questions, in table: RouteTable) -> Int {
        let bytes = questions.bytes.span
        var found = 0
        var begin = 0
        let start = processorTime()
        for (host, path) in questions.ends {
            if table.hostRoutes(for: bytes.extracting(begin..<host))?.match(path: bytes.extracting(host..<path)) != nil { found += 1 }
            begin = path
        }
        let time = processorTime() - start
        guard found == questions.ends.count else {
            print("\(questions.ends.count - found) lookups found nothing")
            exit(1)
        }
        return Int(time / Double(found) * 1e9)
    }
}
