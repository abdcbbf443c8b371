import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import PKI
import Routing
import Store
import TestKit
import Testing

@testable import Certificates

/// The rules of the catalog without incremental work: everything is decided again in every step, from what was decided before.
private struct NaiveCatalog {
    private(set) var secretsInForce: [NamespacedName: Pair] = [:]
    private var hostsInForce: [String: (pair: Pair, namespace: String)] = [:]
    private var listed: Set<String> = []

    private static func isValid(_ pair: Pair) -> Bool { pair.leaf.isValid(at: Pair.now) }

    private static func covers(_ pair: Pair, _ host: String) -> Bool {
        let parent = host.split(separator: ".").dropFirst().joined(separator: ".")
        return pair.names.contains(host) || (!host.hasPrefix("*") && pair.names.contains("*." + parent))
    }

    /// - Parameter contents: the pair in each Secret that holds a usable one.
    mutating func step(_ objects: ObjectSet, _ contents: [NamespacedName: Pair]) {
        let ingresses = objects.ingresses.values.filter { IngressClassPolicy().serves($0, classes: objects.ingressClasses) }
            .sorted { $0.metadata.precedes($1.metadata) }
        var claims: [String: [NamespacedName?]] = [:]
        var namespaces: [String: Set<String>] = [:]
        var named: Set<NamespacedName> = []
        for ingress in ingresses {
            for section in ingress.spec.tls {
                let secret = section.secretName.map { NamespacedName(namespace: ingress.metadata.namespace, name: $0) }
                if let secret { named.insert(secret) }
                for host in section.hosts {
                    claims[host, default: []].append(secret)
                    namespaces[host, default: []].insert(ingress.metadata.namespace)
                }
            }
        }
        secretsInForce = secretsInForce.filter { named.contains($0.key) }
        for secret in named {
            guard let pair = contents[secret] else { continue }
            if let old = secretsInForce[secret], NaiveCatalog.isValid(old), !NaiveCatalog.isValid(pair) { continue }
            secretsInForce[secret] = pair
        }
        var hosts: [String: (pair: Pair, namespace: String)] = [:]
        for (host, secrets) in claims {
            let fresh = secrets.compactMap { $0 }.first { secretsInForce[$0].map { NaiveCatalog.covers($0, host) } == true }
            if let fresh, let pair = secretsInForce[fresh] {
                hosts[host] = (pair, fresh.namespace)
            } else if let old = hostsInForce[host], NaiveCatalog.isValid(old.pair), NaiveCatalog.covers(old.pair, host),
                namespaces[host]?.contains(old.namespace) == true
            {
                hosts[host] = old
            }
        }
        hostsInForce = hosts
        listed = Set(claims.keys)
    }

    func leaf(_ name: String) -> Certificate? {
        let wildcard = "*." + name.split(separator: ".").dropFirst().joined(separator: ".")
        if let pair = (hostsInForce[name] ?? hostsInForce[wildcard])?.pair { return pair.leaf }
        for pattern in [name, wildcard] {
            let candidates = secretsInForce.filter { $0.value.names.contains(pattern) }
            let best = candidates.min {
                $0.value.notAfter != $1.value.notAfter ? $0.value.notAfter > $1.value.notAfter : $0.key.description < $1.key.description
            }
            if let best { return best.value.leaf }
        }
        return nil
    }

    func isListed(_ name: String) -> Bool {
        listed.contains(name) || listed.contains("*." + name.split(separator: ".").dropFirst().joined(separator: "."))
    }
}

@Suite("Certificate index against a naive reference")
struct CertificateDifferentialTests {
    private static let names = ["a.x", "b.x", "c.x", "*.x", "a.y", "*.y", "d.c.x"]
    private static let asked = ["a.x", "b.x", "c.x", "z.x", "a.y", "z.y", "d.c.x", "x", "q.q.x", "nowhere"]

    private static let pool = Result {
        var random = SeededRandom(seed: 7)
        return try (0..<16).map { number in
            let names = names.filter { _ in random.chance(40) }
            let days = [-10...80, -10...80, -10...40, -90 ... -1, 5...90][number % 5]
            return try Pair(names.isEmpty ? ["a.x"] : names, days: days)
        }
    }

    private static func ingress(_ random: inout SeededRandom) -> KubernetesObject {
        let tls = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            (hosts: names.filter { _ in random.chance(30) }, secret: random.chance(85) ? random.pick(["s", "t"]) : nil)
        }.filter { !$0.hosts.isEmpty }
        return Make.ingress(
            "i\(Int.random(in: 0..<5, using: &random))", namespace: random.pick(["n", "m"]),
            age: random.chance(50) ? Int.random(in: 0..<3, using: &random) : nil, className: random.pick(["certctl", "certctl", "other"]),
            tls: tls)
    }

    private static func edit(
        _ world: inout World, _ contents: inout [NamespacedName: Pair], _ random: inout SeededRandom, _ pool: [Pair]
    ) {
        let secret = Make.name(random.pick(["s", "t"]), namespace: random.pick(["n", "m"]))
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: world.put(ingress(&random))
        case 4: world.remove(.ingress, Make.name("i\(Int.random(in: 0..<5, using: &random))", namespace: random.pick(["n", "m"])))
        case 5...7:
            let pair = random.pick(pool)
            contents[secret] = pair
            world.put(pair.secret(secret.name, namespace: secret.namespace))
        case 8:
            contents[secret] = nil
            world.put(Make.secret(secret.name, namespace: secret.namespace, ["tls.crt": [1], "tls.key": [2]]))
        default:
            contents[secret] = nil
            world.remove(.secret, secret)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `after any edits every name has the certificate that deciding everything again gives it`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pool = try CertificateDifferentialTests.pool.get()
        var world = try World()
        var naive = NaiveCatalog()
        var contents: [NamespacedName: Pair] = [:]
        var served = 0
        for step in 0..<300 {
            for _ in 0...Int.random(in: 0...3, using: &random) { CertificateDifferentialTests.edit(&world, &contents, &random, pool) }
            if random.chance(3) { world.changed = ChangeSet(isEverything: true) }
            let index = world.index()
            naive.step(world.objects, contents)
            for name in CertificateDifferentialTests.asked {
                let (got, want) = (index.leaf(name), naive.leaf(name))
                let isRight =
                    got == want && index.hasCertificate(name) == (naive.isListed(name) && want != nil)
                    && (index.credential(for: name) != nil) == (naive.isListed(name) || want != nil)
                if !isRight {
                    Issue.record(
                        "seed \(seed), step \(step), \(name): got \(got?.serialNumber ?? "none"), want \(want?.serialNumber ?? "none")")
                    return
                }
                served += got == nil ? 0 : 1
            }
            let known = Set(["n", "m"].flatMap { namespace in ["s", "t"].map { Make.name($0, namespace: namespace) } })
            let isSame = known.allSatisfy { world.catalog.verdict(for: $0).inForce?.leaf == naive.secretsInForce[$0]?.leaf }
            if !isSame {
                Issue.record("seed \(seed), step \(step): the Secrets in force differ")
                return
            }
        }
        #expect(served > 1000)
    }
}
