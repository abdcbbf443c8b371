import Core
import FoundationEssentials
import Glibc
import HashTreeCollections
import KubernetesAPI
import Logging
import Testing

@testable import Store

/// A folder of its own for a test, removed when the test lets go of it.
final class Scratch: Sendable {
    let root: String
    var manifests: String { root + "/manifests" }
    var state: String { root + "/state" }

    init(withManifests: Bool = true) throws {
        root = "/tmp/certctl-store-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        if withManifests { try makeFolder("") }
    }

    deinit {
        // Tests take permissions away.
        _ = unsafe chmod(manifests, 0o700)
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String { name.isEmpty ? manifests : manifests + "/" + name }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// Writes in place: truncates, writes, closes.
    func write(_ name: String, _ text: String) throws { try Scratch.write(path(name), Array(text.utf8)) }

    static func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = try FileHandle(path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
        try file.writeAll(bytes)
    }

    /// As editors do it: a new file is renamed over the old one.
    func replace(_ name: String, _ text: String) throws {
        try Scratch.write(root + "/new", Array(text.utf8))
        try FileSystem.rename(root + "/new", to: path(name))
    }

    func link(_ name: String, to target: String) throws {
        guard unsafe symlink(target, path(name)) == 0 else { throw SystemError(call: "symlink", path: name, code: errno) }
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func open(
        readOnly: Bool = false, _ adjust: (inout FolderEngine.Options) -> Void = { _ in }
    ) throws(StoreError) -> FolderStore {
        var options = FolderEngine.Options(manifests: manifests, state: state, isReadOnly: readOnly)
        adjust(&options)
        return try FolderStore(options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Follows a store's updates from the start.
actor Follower {
    private(set) var updates: [StoreUpdate] = []
    private(set) var hasEnded = false

    init(_ store: FolderStore) {
        let stream = store.updates()
        Task { [weak self] in
            for await update in stream { await self?.append(update) }
            await self?.end()
        }
    }

    private func append(_ update: StoreUpdate) { updates.append(update) }
    private func end() { hasEnded = true }

    /// The newest update as soon as it is as wanted.
    @discardableResult
    func until(
        _ what: String, within limit: Duration = .seconds(20), location: SourceLocation = #_sourceLocation,
        _ isWanted: (StoreUpdate) -> Bool
    ) async throws -> StoreUpdate {
        let deadline = ContinuousClock.now + limit
        while true {
            if let last = updates.last, isWanted(last) { return last }
            guard ContinuousClock.now < deadline else {
                Issue.record(
                    "\(what) did not happen; the last of \(updates.count) updates has problems \(updates.last?.problems ?? [])",
                    sourceLocation: location)
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Everything that changed after the first `count` updates.
    func changes(after count: Int) -> ChangeSet {
        updates.dropFirst(count).reduce(ChangeSet()) { $0.merged(with: $1.changed) }
    }
}

func name(_ text: String) -> NamespacedName { NamespacedName(text) ?? NamespacedName(namespace: "", name: text) }

/// An Ingress in YAML.
func ingress(_ name: String, host: String = "a.example", namespace: String = "shop") -> String {
    """
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata: {name: \(name), namespace: \(namespace)}
    spec:
      rules:
      - host: \(host)
        http:
          paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: web, port: {number: 80}}}

    """
}

extension StoreUpdate {
    func host(_ ingress: String) -> String? { objects.ingresses[name(ingress)]?.spec.rules.first?.host }
    var hosts: [String] { objects.ingresses.values.compactMap { $0.spec.rules.first?.host }.sorted() }
}
