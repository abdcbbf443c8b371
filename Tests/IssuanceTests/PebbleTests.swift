import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import Logging
import PKI
import Policies
import Routing
import Store
import TestKit
import Testing

@testable import Issuance

@Suite("Controller against Pebble, over libcurl", .enabled(if: Pebble.isInstalled)) struct PebbleTests {
    /// One process: a controller over a folder, with the product's own clock and connections.
    private struct Service {
        let store: FolderStore
        let controller: IssuanceController
        let tasks: [Task<Void, any Error>]

        init(_ folder: TemporaryFolder, _ web: FileWebServer) throws {
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let store = try FolderStore(manifests: folder.path + "/manifests", state: folder.path + "/state", logger: logger)
            let controller = IssuanceController(
                store: store, settings: IssuanceSettings(), ingressClasses: IngressClassPolicy(), logger: logger, policies: .permissive
            ) { web.publish($0.http01) }
            self.store = store
            self.controller = controller
            tasks = [
                Task {
                    var catalog = try CertificateCatalog(policy: IngressClassPolicy(), now: Date())
                    for await update in store.updates() {
                        _ = catalog.apply(update, now: Date())
                        await controller.handle(update, certificates: catalog.verdicts(for: update))
                    }
                },
                Task { await controller.run() },
            ]
        }

        func stop() async throws {
            for task in tasks { task.cancel() }
            for task in tasks { try await task.value }
            await store.shutdown()
        }

        func valid(_ count: Int) async throws -> [CertificateFact] {
            let isValid = await eventually(within: .seconds(60)) {
                let facts = await controller.facts()
                return facts.count == count && facts.allSatisfy { $0.state == .valid }
            }
            let facts = await controller.facts()
            try #require(isValid, "\(facts)")
            return facts
        }
    }

    @Test func `it gets certificates, and a process after it goes on with the same account`() async throws {
        let folder = try TemporaryFolder("certctl-pebble-issuance")
        let web = try await FileWebServer()
        let pebble = try await Pebble(httpPort: web.port)
        let issuer = """
            apiVersion: cert-manager.io/v1
            kind: ClusterIssuer
            metadata: {name: le}
            spec:
              acme:
                server: \(pebble.directoryURL)
                email: ops@example.com
                privateKeySecretRef: {name: account}
                caBundle: \(Data(pebble.tlsRootPEM).base64EncodedString())
            """
        try folder.write(issuer, to: "manifests/issuer.yaml")
        let names = ["a", "b", "c"]
        for name in names {
            try folder.write(
                Manifest.ingress(name, hosts: ["\(name).example.com", "www.\(name).example.com"], secret: name),
                to: "manifests/\(name).yaml")
        }
        let first = try Service(folder, web)
        let facts = try await first.valid(3)
        try await first.stop()
        #expect(Set(facts.compactMap { $0.serialNumber.map { String($0.drop { $0 == "0" }) } }) == pebble.issuedSerials)

        let second = try Service(folder, web)
        _ = try await second.valid(3)
        try await second.controller.renew(NamespacedName(namespace: "web", name: "a"))
        let isRenewed = await eventually(within: .seconds(60)) {
            await second.controller.facts().first.map { $0.state == .valid && $0.serialNumber != facts.first?.serialNumber } ?? false
        }
        #expect(isRenewed)
        try await second.stop()
        #expect(pebble.accountCount == 1)
        #expect(pebble.issuedSerials.count == 4)
    }
}
