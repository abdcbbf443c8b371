import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Store
import TestKit
import Testing

@testable import Issuance

@Suite("Revoked certificates are replaced, RFC 5280 §5.3") struct RevocationKeeperTests {
    private static let list = "http://crl.test/1.crl"

    /// A certificate of ours that names a revocation list, and who answers for it.
    private struct Scene {
        let bench: Bench
        let ca: RevocationCA
        let leaf: Certificate
        let transport = ScriptedTransport()

        init(isIssuerKnown: Bool = true) async throws {
            // As of now, since `openssl` dates what it makes by the clock of the machine.
            bench = try Bench(time: ControlledTime(Date()))
            ca = try await RevocationCA()
            leaf = try await ca.issue("a.example", lists: [RevocationKeeperTests.list])
            let chain = Array(PEM.encode(isIssuerKnown ? [leaf, ca.certificate] : [leaf]).utf8)
            let key = try ca.folder.read("a.example.key")
            let pair = try TLSKeyPair(certificatePEM: chain, privateKeyPEM: Array(key.utf8))
            let issuer = IssuerName(kind: .clusterIssuer, name: "le")
            let desired = DesiredCertificate(
                secret: NamespacedName(namespace: "web", name: "tls"), ingresses: [], names: try CertificateNames(hosts: ["a.example"]),
                wish: .issue(issuer))
            let material = IssuedMaterial(chainPEM: chain, keyPEM: pair.privateKeyPEM, caPEM: nil, leaf: pair.leaf)
            try await bench.plant(material.secret(for: desired, issuer: issuer, directory: "https://ca.test/directory", over: nil))
            try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        }

        func start() throws {
            try bench.start(revocation: RevocationChecker(transport: transport, time: bench.time))
        }

        func pass(_ duration: Duration) async throws {
            try await bench.passTime(until: bench.time.now().addingTimeInterval(duration.seconds))
        }

        /// Lets time pass until something is so: a look is taken somewhere within an hour, and by another task.
        func pass(until isSo: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            for _ in 0..<400 {
                if try await eventually(within: .milliseconds(20), isSo) { return }
                try await pass(.minutes(10))
            }
            Issue.record("not so for three days", sourceLocation: sourceLocation)
        }

        func pass(untilAsked count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            try await pass(until: { transport.asked.count >= count && transport.running == 0 }, sourceLocation: sourceLocation)
        }

        func isPlanted() async throws -> Bool {
            let fact = try await bench.valid()
            return fact.fingerprint == leaf.sha256Fingerprint && fact.revoked == nil && fact.reason == nil
        }
    }

    @Test func `a certificate that is revoked is due at once, whatever time is left, and is replaced once`() async throws {
        let scene = try await Scene()
        let (bench, transport) = (scene.bench, scene.transport)
        transport.set(Self.list, try await scene.ca.list())
        try scene.start()
        #expect(try await scene.isPlanted())
        try await scene.pass(untilAsked: 1)
        try await scene.pass(.hours(1))
        #expect(try await scene.isPlanted())
        // The list is good for a week, so the next look comes after the longest wait, half a day.
        #expect(transport.asked.count == 1)

        try await scene.ca.revoke("a.example")
        transport.set(Self.list, try await scene.ca.list())
        bench.transports.hold()
        try await scene.pass(untilAsked: 2)
        let revoked = try await bench.fact { $0.revoked != nil }
        #expect(revoked.reason == "Revoked" && revoked.fingerprint == scene.leaf.sha256Fingerprint)
        #expect(bench.log.text.contains("a certificate is revoked, and is replaced"))
        // The clock stands still: it is begun now.
        try await bench.fact { $0.state == .issuing }
        bench.transports.release()
        let replaced = try await bench.fact { $0.issued != nil && $0.state == .valid }
        #expect(replaced.issuedReason == "Revoked" && replaced.revoked == nil && replaced.fingerprint != revoked.fingerprint)

        try await scene.pass(.days(3))
        #expect(try await bench.valid().fingerprint == replaced.fingerprint)
        #expect(await bench.ca.counts.orders == 1)
        await bench.stop()
    }

    @Test func `a process that ends before the new certificate is there begins again with the question`() async throws {
        let scene = try await Scene()
        let bench = scene.bench
        try await scene.ca.revoke("a.example")
        scene.transport.set(Self.list, try await scene.ca.list())
        bench.transports.setDown(true)
        try scene.start()
        try await scene.pass(untilAsked: 1)
        try await bench.fact { $0.revoked != nil && $0.failures == 1 }
        await bench.stop()

        bench.transports.setDown(false)
        try scene.start()
        try await scene.pass(untilAsked: 2)
        let replaced = try await bench.fact { $0.issued != nil && $0.state == .valid }
        #expect(replaced.issuedReason == "Revoked" && replaced.fingerprint != scene.leaf.sha256Fingerprint)
        #expect(await bench.ca.counts.certificates == 1)
        await bench.stop()
    }

    @Test func `who does not know changes nothing, and is asked again`() async throws {
        let scene = try await Scene()
        scene.transport.fail(Self.list, "connect to crl.test: connection refused")
        try scene.start()
        #expect(try await scene.isPlanted())
        try await scene.pass(untilAsked: 3)
        #expect(try await scene.isPlanted())
        // A list of somebody else's proves nothing.
        let stranger = try await RevocationCA(name: "Stranger")
        _ = try await stranger.issue("a.example")
        try await stranger.revoke("a.example")
        scene.transport.set(Self.list, try await stranger.list())
        let before = scene.transport.asked.count
        // The second question comes after the first answer was taken in.
        try await scene.pass(untilAsked: before + 2)
        #expect(try await scene.isPlanted())
        #expect(await scene.bench.ca.counts.orders == 0)
        await scene.bench.stop()
    }

    @Test func `without the certificate of the issuer nobody is asked`() async throws {
        let scene = try await Scene(isIssuerKnown: false)
        try await scene.ca.revoke("a.example")
        scene.transport.set(Self.list, try await scene.ca.list())
        try scene.start()
        #expect(try await scene.isPlanted())
        try await scene.pass { scene.bench.log.text.contains("reason=the chain has no certificate of the issuer") }
        #expect(try await scene.isPlanted())
        #expect(scene.transport.asked.isEmpty)
        await scene.bench.stop()
    }
}
