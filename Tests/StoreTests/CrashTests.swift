import Core
import FoundationEssentials
import Glibc
import HashTreeCollections
import KubernetesAPI
import Logging
import Synchronization
import Testing

@testable import Store

@Suite("Folder store: crashes") struct CrashTests {
    /// The content of the old and of the new Secret; larger than a page, so that it could be torn.
    static let old = String(repeating: "old ", count: 4096)
    static let new = String(repeating: "new ", count: 5000)

    @Test(arguments: AtomicFile.Step.allCases) func `a write that ends after a step leaves the old Secret or the new one`(
        step: AtomicFile.Step
    ) async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.put(tls("shop/x", CrashTests.old), expecting: .any)
        await store.shutdown()
        let dying = try scratch.open { $0.writer.isInterrupted = { $0 == step } }
        _ = try? await dying.put(tls("shop/x", CrashTests.new), expecting: .any)
        await dying.shutdown()
        try await CrashTests.check(scratch, isNew: step == .renamed || step == .folderSynced)
    }

    @Test(arguments: AtomicFile.Step.allCases) func `a process that is killed after a step leaves the old Secret or the new one`(
        step: AtomicFile.Step
    ) async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.put(tls("shop/x", CrashTests.old), expecting: .any)
        await store.shutdown()
        let root = scratch.root
        let stepName = step.rawValue
        await #expect(processExitsWith: .signal(SIGKILL)) { [root = root as String, stepName = stepName as String] in
            var options = FolderEngine.Options(manifests: root + "/manifests", state: root + "/state")
            options.writer.isInterrupted = { step in
                if step.rawValue == stepName { kill(getpid(), SIGKILL) }
                return false
            }
            let store = try FolderStore(options, logger: .init(label: "child"))
            try await store.put(tls("shop/x", CrashTests.new), expecting: .any)
        }
        try await CrashTests.check(scratch, isNew: step == .renamed || step == .folderSynced)
    }

    /// What the next process finds: no lock in the way, no leftovers, one whole Secret.
    private static func check(_ scratch: Scratch, isNew: Bool) async throws {
        let store = try scratch.open()
        let folder = scratch.state + "/secrets/shop"
        #expect(try FileSystem.list(folder).entries.map(\.name) == ["x.yaml"])
        let expected = isNew ? new : old
        #expect(try await store.secret(name("shop/x"))?.data["tls.crt"] == Array(expected.utf8))
        var stream = store.updates().makeAsyncIterator()
        let update = await stream.next()
        #expect(update?.objects.secrets[name("shop/x")]?.data["tls.key"] == Array("key of \(expected)".utf8))
        #expect(update?.problems == [])
        await store.shutdown()
    }
}
