import Core
import FoundationEssentials
import Issuance
import KubernetesAPI
import KubernetesClient
import Logging
import Manifests
import TestKit
import Testing

@testable import ClusterReporting

/// What only a real API server says: whether what we write passes its validation, and what kubectl makes of it.
@Suite(
    "Events and statuses in a real API server", .serialized,
    .enabled(if: KubernetesControlPlane.isInstalled, Comment(rawValue: KubernetesControlPlane.absence)))
struct RealAPIServerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let crd = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: certificates.cert-manager.io, annotations: {api-approved.kubernetes.io: "unapproved, a test's"}}
        spec:
          group: cert-manager.io
          scope: Namespaced
          names: {kind: Certificate, plural: certificates, singular: certificate, shortNames: [cert]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
                  status:
                    type: object
                    properties:
                      conditions:
                        type: array
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [type]
                        items:
                          type: object
                          required: [type, status]
                          properties:
                            type: {type: string}
                            status: {type: string, enum: ["True", "False", "Unknown"]}
                            reason: {type: string}
                            message: {type: string}
                            lastTransitionTime: {type: string, format: date-time}
                            observedGeneration: {type: integer, format: int64}
                      notBefore: {type: string, format: date-time}
                      notAfter: {type: string, format: date-time}
                      renewalTime: {type: string, format: date-time}
                      lastFailureTime: {type: string, format: date-time}
                      revision: {type: integer}
                      failedIssuanceAttempts: {type: integer}
        """

    private static func ingress(_ namespace: String) -> String {
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: \(namespace)}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: \(namespace)}
        spec: {ingressClassName: certctl, defaultBackend: {service: {name: web, port: {number: 80}}}}
        """
    }

    private func client(_ cluster: KubernetesControlPlane) throws -> APIClient {
        APIClient(try Kubeconfig.load(explicitPath: cluster.administrator).configuration(), logger: Self.logger)
    }

    private func read(_ client: APIClient, _ request: APIRequest) async throws -> Node {
        let body = try await client.send(request).body
        return try #require(try ManifestReader.documents(in: body, file: "x.json").first?.get())
    }

    @Test func `events pass validation, become series, and are told once by two processes`() async throws {
        let cluster = try await KubernetesControlPlane.shared()
        let client = try client(cluster)
        let namespace = "told-\(UInt32.random(in: 0...UInt32.max))"
        try await cluster.apply(Self.ingress(namespace))
        let ingress = try Ingress(from: try await read(client, .get(.ingresses, namespace: namespace, name: "web")))
        let regarding = ObjectReference(.ingress, ingress.metadata)
        #expect(regarding.uid != nil)
        let series = ReportedEvent(
            regarding: regarding, severity: .normal, reason: "Issuing", action: "Issue", note: "issuing \"a.example\"")
        let once = ReportedEvent(
            regarding: regarding, severity: .warning, reason: "Failed", action: "Issue", note: String(repeating: "ä", count: 600),
            occurrence: "1")
        let recorders = ["one", "two"].map { EventRecorder(client: client, instance: $0, time: QuickTime(), logger: Self.logger) }
        let tasks = recorders.map { recorder in Task { await recorder.run() } }
        defer { for task in tasks { task.cancel() } }
        for _ in 0..<2 { recorders[0].record(series) }
        for recorder in recorders { recorder.record(once) }
        #expect(await eventually(within: .seconds(30)) { recorders[0].counts.written == 3 && recorders[1].counts.written == 1 })
        let events = try await read(client, .list(.events, namespace: namespace)).sequence("items")
        #expect(try events.map { try $0.string("reason") ?? "" }.sorted() == ["Failed", "Issuing"])
        #expect(try events.compactMap { try $0.mapping("series")?.int("count") } == [2])
        let described = try await cluster.expectKubectl("describe", "ingress", "web", "--namespace", namespace)
        #expect(described.contains("issuing \"a.example\"") && described.contains("Warning"), "\(described)")
        await client.shutdown()
    }

    @Test func `an Ingress shows its addresses, and another one of its name does not get them`() async throws {
        let cluster = try await KubernetesControlPlane.shared()
        let client = try client(cluster)
        let namespace = "shown-\(UInt32.random(in: 0...UInt32.max))"
        try await cluster.apply(Self.ingress(namespace))
        let ingress = try Ingress(from: try await read(client, .get(.ingresses, namespace: namespace, name: "web")))
        let addresses = [LoadBalancerIngress(ip: "192.0.2.1"), LoadBalancerIngress(hostname: "edge.example")]
        let status = ManifestValue.mapping([
            .init("loadBalancer", .mapping([.init("ingress", .sequence(addresses.map { $0.value() }))]))
        ])
        try await client.send(StatusWrite(.ingress, ingress.metadata, status: status))
        let written = try Ingress(from: try await read(client, .get(.ingresses, namespace: namespace, name: "web")))
        #expect(written.loadBalancer == addresses && written.metadata.generation == ingress.metadata.generation)
        let table = try await cluster.expectKubectl("get", "ingress", "web", "--namespace", namespace)
        #expect(table.contains("192.0.2.1,edge.example"), "\(table)")

        var another = ingress.metadata
        another.uid = "00000000-0000-0000-0000-000000000000"
        let conflict = await #expect(throws: APIError.self) {
            try await client.send(StatusWrite(.ingress, another, status: status))
        }
        #expect(conflict?.code == .invalid)
        var gone = ingress.metadata
        gone.id = NamespacedName(namespace: namespace, name: "gone")
        gone.uid = nil
        let missing = await #expect(throws: APIError.self) {
            try await client.send(StatusWrite(.ingress, gone, status: status))
        }
        #expect(missing?.code == .notFound)
        await client.shutdown()
    }

    @Test func `kubectl waits for a Certificate, and what we do not say any more goes`() async throws {
        let cluster = try await KubernetesControlPlane.shared()
        let client = try client(cluster)
        let namespace = "waited-\(UInt32.random(in: 0...UInt32.max))"
        try await cluster.apply(Self.ingress(namespace))
        let known = try await cluster.kubectl(["get", "crd", "certificates.cert-manager.io"])
        if known.status != 0 { try await cluster.apply(Self.crd) }
        try await cluster.expectKubectl("wait", "--for=condition=Established", "crd/certificates.cert-manager.io", "--timeout=30s")
        try await cluster.apply(
            """
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: web, namespace: \(namespace)}
            spec: {secretName: tls, dnsNames: [a.example], issuerRef: {name: le, kind: ClusterIssuer}}
            """)
        func certificate() async throws -> CertificateResource {
            try CertificateResource(from: try await read(client, .get(.certificates, namespace: namespace, name: "web")))
        }
        func write(_ fact: CertificateFact) async throws {
            let certificate = try await certificate()
            let status = try #require(CertificateStatusPlanner.status(of: certificate, fact, refusal: nil, now: noon))
            try await client.send(StatusWrite(.certificate, certificate.metadata, status: status.value()))
            #expect(try await self.read(client, .get(.certificates, namespace: namespace, name: "web"))["status"] != nil)
        }
        try await write(Sample.failing(2, at: noon, "DNS problem"))
        let failing = try await certificate().status
        #expect(failing.condition("Issuing")?.reason == "Failed" && failing.failedIssuanceAttempts == 2)
        try await write(Sample.valid())
        let ready = try await certificate().status
        #expect(ready.condition("Issuing") == nil && ready.failedIssuanceAttempts == nil && ready.revision == 1)
        #expect(ready.condition("Ready")?.observedGeneration == 1)
        try await cluster.expectKubectl(
            "wait", "--for=condition=Ready", "certificate/web", "--namespace", namespace, "--timeout=10s")
        await client.shutdown()
    }
}
