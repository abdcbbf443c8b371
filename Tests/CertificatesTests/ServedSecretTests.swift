import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Testing

@testable import Certificates

@Suite("What is served for a Secret") struct ServedSecretTests {
    @Test func `its own certificate, also when it covers only some of the hosts`() throws {
        let pair = try Pair(["a.example", "*.w.example"])
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example", "b.example", "*.w.example"], "s")]), pair.secret("s"))
        _ = world.index()
        #expect(world.catalog.servedSecrets() == [Make.name("s"): .certificate(fingerprint: pair.leaf.sha256Fingerprint)])
    }

    @Test func `the last good one while the Secret is broken or gone`() throws {
        let pair = try Pair(["a.example"])
        var world = try World()
        world.put(Make.ingress("web", tls: [(["a.example"], "s")]), pair.secret("s"))
        _ = world.index()
        world.put(Make.secret("s", ["tls.crt": [], "tls.key": []]))
        _ = world.index()
        let good = [Make.name("s"): ServedSecret.certificate(fingerprint: pair.leaf.sha256Fingerprint)]
        #expect(world.catalog.servedSecrets() == good)
        world.remove(.secret, Make.name("s"))
        _ = world.index()
        #expect(world.catalog.servedSecrets() == good)
        world.remove(.ingress, Make.name("web"))
        _ = world.index()
        #expect(world.catalog.servedSecrets().isEmpty)
    }

    @Test func `a placeholder where there is nothing, and others where they answer`() throws {
        let pair = try Pair(["a.example"])
        var world = try World()
        world.put(
            Make.ingress("first", age: 10, tls: [(["a.example"], "s")]), pair.secret("s"),
            Make.ingress("second", age: 5, tls: [(["a.example"], "late")]), Make.ingress("third", tls: [(["c.example"], "absent")]),
            Make.ingress("fourth", tls: [([], "nameless")]))
        _ = world.index()
        #expect(
            world.catalog.servedSecrets() == [
                Make.name("s"): .certificate(fingerprint: pair.leaf.sha256Fingerprint), Make.name("late"): .other,
                Make.name("absent"): .placeholder, Make.name("nameless"): .other,
            ])
    }
}
