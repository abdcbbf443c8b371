import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Store
import TestKit
import Testing

@testable import Issuance

@Suite("Account keys: never made anew while there is one") struct AccountKeyTests {
    private static let name = NamespacedName(namespace: "certctl-system", name: "le-account")

    @Test(arguments: [
        ["other": "x"], ["tls.key": ""], ["tls.key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
        ["tls.key": "no key"],
    ]) func `a Secret without a usable key is an error, and stays as it is`(entries: [String: String]) async throws {
        let bench = try Bench()
        let secret = Secret(
            metadata: ObjectMeta(id: Self.name, labels: SecretRole.account.labels), data: entries.mapValues { Array($0.utf8) })
        try await bench.plant(secret)
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.lastError?.contains("Secret certctl-system/le-account") == true)
        #expect(fact.lastError?.contains("no other account key is made while the Secret exists") == true)
        #expect(try await bench.storedSecret("le-account", namespace: "certctl-system")?.data == secret.data)
        #expect(await bench.ca.counts.accounts == 0)
        await bench.stop()
    }

    /// A store whose Secrets cannot be read.
    private struct DarkStore: Store {
        let code: StoreError.Code

        func updates() -> AsyncStream<StoreUpdate> { AsyncStream { $0.finish() } }
        func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String { throw error }
        func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String { throw error }
        func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) { throw error }
        func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) { throw error }
        func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? { throw error }
        func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { throw error }

        private var error: StoreError { StoreError(code, subject: "Secret", reason: "scripted") }
    }

    @Test(arguments: [StoreError.Code.forbidden, .unreadable, .io(errno: 5)]) func `a store that cannot tell is no reason to make a key`(
        code: StoreError.Code
    ) async throws {
        let ca = try FakeCA(time: ControlledTime(noon)) { _, _ in nil }
        let accounts = AccountManager(
            client: try ACMEClient(directoryURL: FakeCA.directoryURL, transport: ca, time: ControlledTime(noon)),
            store: SecretAccountStore(store: DarkStore(code: code), name: Self.name, entry: "tls.key", logger: LogCapture().logger),
            settings: AccountManager.Settings())
        await #expect(throws: ACMEError.self) { try await accounts.account() }
        #expect(await ca.counts.accounts == 0)
    }
}
