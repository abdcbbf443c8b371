import Core
import FoundationEssentials
import Glibc
import HashTreeCollections
import KubernetesAPI
import Logging
import Manifests
import Testing

@testable import Store

@Suite("Folder store: writing") struct FolderStateTests {
    @Test func `a Secret is stored as valid YAML with mode 0600 in folders of mode 0700`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let secret = tls("shop/web-tls", "\u{0}\u{FF}binary", annotations: ["a.example/b": "yes", "n": "1", "empty": ""])
        let version = try await store.put(secret, expecting: .absent)
        let path = scratch.state + "/secrets/shop/web-tls.yaml"
        #expect(try FileStatus(of: path).permissions == 0o600)
        for folder in ["", "/secrets", "/secrets/shop"] { #expect(try FileStatus(of: scratch.state + folder).permissions == 0o700) }
        let bytes = try FileHandle(path, O_RDONLY).readAll(expecting: 0, bytesMax: 10_000)
        let root = try #require(try ManifestReader.documents(in: bytes, file: "x.yaml").first?.get())
        #expect(try Secret(from: root) == secret)
        var stored = secret
        stored.metadata.resourceVersion = version
        #expect(try await store.secret(name("shop/web-tls")) == stored)
        await store.shutdown()
    }

    @Test func `a write is in the update stream when it returns, once, without an echo`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { _ in true }
        for round in 1...20 { try await store.put(tls("shop/x", "round \(round)"), expecting: .any) }
        var stream = store.updates().makeAsyncIterator()
        let now = await stream.next()
        #expect(now?.objects.secrets[name("shop/x")]?.data["tls.crt"] == Array("round 20".utf8))
        // The echo of the last write comes before the marker does.
        try scratch.write("marker.yaml", ingress("marker"))
        try await follower.until("marker") { $0.host("shop/marker") != nil }
        let updates = await follower.updates.dropFirst()
        #expect(updates.count { $0.changed.secrets == [name("shop/x")] } <= 20)
        #expect(
            updates.filter { !$0.changed.secrets.isEmpty }.last?.objects.secrets[name("shop/x")]?.data["tls.crt"] == Array("round 20".utf8))
        let shown = updates.compactMap { $0.objects.secrets[name("shop/x")]?.data["tls.crt"] }.map { String(decoding: $0, as: UTF8.self) }
        #expect(shown == shown.sorted { Int($0.dropFirst(6)) ?? 0 < Int($1.dropFirst(6)) ?? 0 }, "it never goes back")
        await store.shutdown()
    }

    @Test func `conditions hold or refuse`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let first = try await store.put(tls("shop/x", "1"), expecting: .absent)
        await #expect(throws: StoreError(.conflict, subject: "Secret shop/x", reason: "it exists already, with version \(first)")) {
            try await store.put(tls("shop/x", "2"), expecting: .absent)
        }
        let second = try await store.put(tls("shop/x", "2"), expecting: .version(first))
        #expect(second != first)
        await #expect(
            throws: StoreError(.conflict, subject: "Secret shop/x", reason: "it has version \(second), expected version \(first)")
        ) {
            try await store.put(tls("shop/x", "3"), expecting: .version(first))
        }
        await #expect(throws: StoreError(.conflict, subject: "Secret shop/y", reason: "it does not exist, expected version 7")) {
            try await store.deleteSecret(name("shop/y"), expecting: .version("7"))
        }
        #expect(try await store.secret(name("shop/x"))?.metadata.resourceVersion == second)
        try await store.deleteSecret(name("shop/x"), expecting: .version(second))
        #expect(try await store.secret(name("shop/x")) == nil)
        try await store.deleteSecret(name("shop/x"), expecting: .any)
        await store.shutdown()
    }

    @Test func `writes by many tasks at once are serialised`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let won = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<32 {
                group.addTask { (try? await store.put(tls("shop/x", "\(index)"), expecting: .absent)) != nil }
                group.addTask { (try? await store.put(tls("shop/y\(index)", "\(index)"), expecting: .absent)) == nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1, "one of the writers of one Secret wins, all writers of different ones do")
        var stream = store.updates().makeAsyncIterator()
        #expect(await stream.next()?.objects.secrets.count == 33)
        await store.shutdown()
    }

    @Test func `what was written is there after a restart`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let version = try await store.put(tls("shop/x", "1"), expecting: .absent)
        try await store.put(
            ConfigMap(metadata: ObjectMeta(namespace: "shop", name: "c"), data: ["k": "line\nline\u{2028} yes"]), expecting: .any)
        await store.shutdown()
        let again = try scratch.open()
        var stream = again.updates().makeAsyncIterator()
        let update = try #require(await stream.next())
        #expect(update.objects.secrets[name("shop/x")]?.metadata.resourceVersion == version)
        #expect(update.objects.configMaps[name("shop/c")]?.data == ["k": "line\nline\u{2028} yes"])
        #expect(update.problems.isEmpty)
        try await again.put(tls("shop/x", "2"), expecting: .version(version))
        await again.shutdown()
    }

    @Test func `a Secret of the user is in force and is never written`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await store.put(tls("shop/x", "ours"), expecting: .absent)
        try scratch.write("x.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: shop}, stringData: {tls.crt: theirs}}")
        let theirs = try await follower.until("the user's") { $0.objects.secrets[name("shop/x")]?.data["tls.crt"] == Array("theirs".utf8) }
        #expect(theirs.problems.isEmpty)
        await #expect(
            throws: StoreError(.foreignObject, subject: "Secret shop/x", reason: "it is in the manifests folder and is not ours to write")
        ) {
            try await store.put(tls("shop/x", "new"), expecting: .any)
        }
        await #expect { try await store.deleteSecret(name("shop/x"), expecting: .any) } throws: {
            ($0 as? StoreError)?.code == .foreignObject
        }
        #expect(try await store.secret(name("shop/x"))?.data["tls.crt"] == Array("theirs".utf8))
        try scratch.remove("x.yaml")
        try await follower.until("ours again") { $0.objects.secrets[name("shop/x")]?.data["tls.crt"] == Array("ours".utf8) }
        await store.shutdown()
    }

    @Test func `what others do in the state folder is seen`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await store.put(tls("shop/x", "1"), expecting: .any)
        try await store.put(tls("shop/y", "1"), expecting: .any)
        _ = try FileSystem.remove(scratch.state + "/secrets/shop/x.yaml")
        try await follower.until("the removal") { $0.objects.secrets[name("shop/x")] == nil && $0.objects.secrets[name("shop/y")] != nil }
        try Scratch.write(scratch.state + "/secrets/shop/y.yaml", Array("{broken".utf8))
        let broken = try await follower.until("the problem") { $0.problems.count == 1 }
        #expect(broken.objects.secrets[name("shop/y")] != nil, "the previous Secret stays")
        #expect(broken.problems[0].source == "state/secrets/shop/y.yaml")
        try Scratch.write(scratch.state + "/secrets/shop/y.yaml", ManifestWriter.yaml(tls("shop/other", "1").value()))
        let misplaced = try await follower.until("the other problem") { $0.problems.first?.field == "metadata" }
        #expect(misplaced.problems[0].message == "Secret shop/other does not belong into this file of the state folder")
        #expect(misplaced.objects.secrets[name("shop/other")] == nil)
        await store.shutdown()
    }

    @Test(arguments: [
        "../etc", "..", "a/b", "", "A", "a_b", ".x", "x.", "-x", "x\u{0}y", String(repeating: "a", count: 254), "ü",
    ]) func `a name that Kubernetes would refuse never becomes a path`(bad: String) async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        for key in [NamespacedName(namespace: "shop", name: bad), NamespacedName(namespace: bad, name: "x")] {
            let secret = Secret(metadata: ObjectMeta(id: key), data: [:])
            await #expect { try await store.put(secret, expecting: .any) } throws: { ($0 as? StoreError)?.code == .invalidName }
            await #expect { try await store.deleteSecret(key, expecting: .any) } throws: { ($0 as? StoreError)?.code == .invalidName }
            await #expect { _ = try await store.secret(key) } throws: { ($0 as? StoreError)?.code == .invalidName }
        }
        #expect(try FileSystem.list(scratch.state + "/secrets").entries.isEmpty)
        await store.shutdown()
    }

    @Test func `limits are kept at N and refused at N + 1`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        for (length, isGood) in [(StoreLimits.stateNameBytesMax, true), (StoreLimits.stateNameBytesMax + 1, false)] {
            let key = NamespacedName(
                namespace: "shop",
                name: String(repeating: "a", count: 60) + String(repeating: ".a", count: (length - 60) / 2) + (length % 2 == 0 ? "" : "b"))
            #expect(key.name.utf8.count == length)
            let written = try? await store.put(Secret(metadata: ObjectMeta(id: key), data: [:]), expecting: .any)
            #expect((written != nil) == isGood)
        }
        for (size, isGood) in [(Secret.dataBytesMax - 1, true), (Secret.dataBytesMax, false)] {
            let secret = Secret(metadata: ObjectMeta(namespace: "shop", name: "big"), data: ["k": [UInt8](repeating: 7, count: size)])
            let written = try? await store.put(secret, expecting: .any)
            #expect((written != nil) == isGood)
        }
        await store.shutdown()
    }

    @Test func `a second writer is refused by name, a reader is not`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.put(tls("shop/x", "1"), expecting: .any)
        #expect(
            throws: StoreError(
                .locked(pid: Int(getpid())), subject: "state folder \(scratch.state)",
                reason: "another certctl with process id \(getpid()) writes there")
        ) {
            _ = try scratch.open()
        }
        let reader = try scratch.open(readOnly: true)
        #expect(try await reader.secret(name("shop/x")) != nil)
        await #expect { try await reader.put(tls("shop/x", "2"), expecting: .any) } throws: { ($0 as? StoreError)?.code == .readOnly }
        await reader.shutdown()
        await store.shutdown()
        let next = try scratch.open()
        await next.shutdown()
    }

    @Test func `one folder for both is refused, the state within the manifests is not read as manifests`() async throws {
        let scratch = try Scratch()
        #expect { _ = try scratch.open { $0.state = scratch.manifests } } throws: { ($0 as? StoreError)?.code == .configuration }
        let store = try scratch.open { $0.state = scratch.manifests + "/state" }
        try await store.put(tls("shop/x", "1"), expecting: .any)
        try await store.put(tls("shop/x", "2"), expecting: .any)
        await store.shutdown()
    }

    @Test func `an open state folder is closed, leftovers of a crash go`() async throws {
        let scratch = try Scratch()
        let folder = scratch.state + "/secrets/shop"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Scratch.write(folder + "/x.yaml", ManifestWriter.yaml(tls("shop/x", "1").value()))
        try Scratch.write(folder + "/.tmp-1-1", [1])
        for path in [scratch.state, folder] { #expect(unsafe chmod(path, 0o755) == 0) }
        let store = try scratch.open()
        for path in [scratch.state, folder] { #expect(try FileStatus(of: path).permissions == 0o700) }
        #expect(try FileStatus(of: folder + "/x.yaml").permissions == 0o600)
        #expect(try FileSystem.list(folder).entries.map(\.name) == ["x.yaml"])
        await store.shutdown()
    }

    @Test func `after shutdown streams end and writes are refused`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { _ in true }
        await store.shutdown()
        await #expect { try await store.put(tls("shop/x", "1"), expecting: .any) } throws: { ($0 as? StoreError)?.code == .closed }
        let deadline = ContinuousClock.now + .seconds(10)
        while await !follower.hasEnded, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
        #expect(await follower.hasEnded)
    }

    @Test func `the origin of a state folder can be read by other tools`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        #expect(StateOrigin(ofState: scratch.state) == nil)
        let origin = StateOrigin(manifests: "/srv/manifests: yes", adminAddress: "[::1]:9402")
        try await store.record(origin)
        #expect(StateOrigin(ofState: scratch.state) == origin)
        await store.shutdown()
    }

    @Test func `a full disk leaves the old Secret and no temporary file`() async throws {
        let scratch = try Scratch()
        let writer = AtomicFile()
        #expect(throws: SystemError(call: "open", path: "/proc/.tmp-\(getpid())-1", code: ENOENT)) {
            try writer.write([1], to: "/proc/x.yaml", unique: 1)
        }
        // A folder in the place of the file: the rename fails after the temporary file was written.
        try scratch.makeFolder("x.yaml")
        #expect(throws: SystemError(call: "rename", path: scratch.path("x.yaml"), code: EISDIR)) {
            try writer.write([1], to: scratch.path("x.yaml"), unique: 2)
        }
        #expect(try FileSystem.list(scratch.manifests).entries.map(\.name) == ["x.yaml"])
    }
}

/// A TLS Secret with some text in the place of a certificate.
func tls(_ key: String, _ text: String, annotations: [String: String] = [:]) -> Secret {
    let id = name(key)
    return Secret(
        metadata: ObjectMeta(
            namespace: id.namespace, name: id.name, labels: ["app.kubernetes.io/managed-by": "certctl"], annotations: annotations),
        type: Secret.tlsType, data: ["tls.crt": Array(text.utf8), "tls.key": Array("key of \(text)".utf8)])
}
