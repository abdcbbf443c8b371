import Core
import FoundationEssentials
import Glibc
import HashTreeCollections
import KubernetesAPI
import Manifests
import Synchronization
import Testing

@testable import Store

@Suite("Folder store: watching") struct FolderWatchTests {
    @Test func `reads every document of every file at any depth, YAML and JSON`() async throws {
        let scratch = try Scratch()
        try scratch.makeFolder("a/b")
        try scratch.write("one.yaml", ingress("one", host: "1.example") + "---\n" + ingress("two", host: "2.example"))
        try scratch.write("a/b/three.yml", ingress("three", host: "3.example"))
        try scratch.write(
            "a/four.json",
            #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"four","namespace":"shop"},"data":{"k":"aGk="}}"#)
        try scratch.write("a/notes.txt", "not: [a manifest")
        try scratch.write(".hidden.yaml", "not: [a manifest")
        try scratch.write("one.yaml~", "not: [a manifest")
        let store = try scratch.open()
        let follower = Follower(store)
        let first = try await follower.until("the first update") { _ in true }
        #expect(first.changed.isEverything)
        #expect(first.hosts == ["1.example", "2.example", "3.example"])
        #expect(first.objects.secrets[name("shop/four")]?.data == ["k": Array("hi".utf8)])
        #expect(first.problems.isEmpty)
        await store.shutdown()
    }

    @Test func `a created, changed, replaced, renamed and deleted file each become one change`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 0 }
        try scratch.write("x.yaml", ingress("x", host: "1.example"))
        try await follower.until("creation") { $0.host("shop/x") == "1.example" }
        try scratch.write("x.yaml", ingress("x", host: "2.example"))
        try await follower.until("change") { $0.host("shop/x") == "2.example" }
        try scratch.replace("x.yaml", ingress("x", host: "3.example"))
        try await follower.until("replacement") { $0.host("shop/x") == "3.example" }
        let count = await follower.updates.count
        try FileSystem.rename(scratch.path("x.yaml"), to: scratch.path("y.yaml"))
        try scratch.write("marker.yaml", ingress("marker"))
        try await follower.until("marker") { $0.host("shop/marker") != nil }
        let renamed = await follower.changes(after: count)
        #expect(renamed.ingresses == [name("shop/marker")], "a rename changes no object")
        try scratch.remove("y.yaml")
        let last = try await follower.until("deletion") { $0.host("shop/x") == nil }
        #expect(last.changed.ingresses == [name("shop/x")])
        await store.shutdown()
    }

    @Test func `an update names only the objects that became different`() async throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", (1...50).map { ingress("x\($0)") }.joined(separator: "---\n"))
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 50 }
        let edited = (0...50).map { ingress("x\($0)", host: $0 == 20 ? "new.example" : "a.example") }
        try scratch.write("x.yaml", "# a comment moves every line\n" + edited.joined(separator: "\n---\n"))
        try await follower.until("the edit") { $0.host("shop/x20") == "new.example" }
        let changed = await follower.changes(after: 1)
        #expect(changed.ingresses == [name("shop/x0"), name("shop/x20")])
        await store.shutdown()
    }

    @Test func `a file that is being written counts when it is closed, not before`() async throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", ingress("x") + "---\n" + ingress("y"))
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 2 }
        do {
            // As `kubectl kustomize > x.yaml`: truncated at once, filled bit by bit. What is there at any time happens to parse.
            let file = try FileHandle(scratch.path("x.yaml"), O_WRONLY | O_TRUNC)
            for part in [ingress("x", host: "new.example"), "---\n", ingress("y", host: "new.example")] {
                try file.writeAll(Array(part.utf8))
                try scratch.write("marker.yaml", ingress("marker", host: "m\(part.utf8.count).example"))
                let update = try await follower.until("marker") { $0.host("shop/marker") == "m\(part.utf8.count).example" }
                #expect(update.host("shop/x") == "a.example")
                #expect(update.host("shop/y") == "a.example")
            }
        }
        let last = try await follower.until("the closed file") { $0.host("shop/y") == "new.example" }
        #expect(last.host("shop/x") == "new.example")
        await store.shutdown()
    }

    @Test func `a ConfigMap mount is followed when its ..data link is swapped`() async throws {
        let scratch = try Scratch()
        try scratch.makeFolder("..2026_01_01")
        try scratch.write("..2026_01_01/x.yaml", ingress("x", host: "1.example"))
        try scratch.makeFolder("..2026_01_01/sub")
        try scratch.write("..2026_01_01/sub/y.yaml", ingress("y", host: "1.example"))
        try scratch.link("..data", to: "..2026_01_01")
        try scratch.link("x.yaml", to: "..data/x.yaml")
        try scratch.link("sub", to: "..data/sub")
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.hosts == ["1.example", "1.example"] }
        try scratch.makeFolder("..2026_02_02/sub")
        try scratch.write("..2026_02_02/x.yaml", ingress("x", host: "2.example"))
        try scratch.write("..2026_02_02/sub/y.yaml", ingress("y", host: "2.example"))
        try scratch.link("..data_tmp", to: "..2026_02_02")
        try FileSystem.rename(scratch.path("..data_tmp"), to: scratch.path("..data"))
        try await follower.until("the swap") { $0.hosts == ["2.example", "2.example"] }
        #expect(await follower.updates.allSatisfy { $0.objects.count == 2 }, "nothing went in between")
        await store.shutdown()
    }

    @Test func `a folder that is a link to a release is followed when the link is swapped`() async throws {
        let scratch = try Scratch(withManifests: false)
        for release in ["1", "2"] {
            try FileManager.default.createDirectory(atPath: scratch.root + "/release\(release)", withIntermediateDirectories: true)
            try Scratch.write(scratch.root + "/release\(release)/x.yaml", Array(ingress("x", host: "\(release).example").utf8))
        }
        #expect(unsafe symlink("release1", scratch.manifests) == 0)
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.hosts == ["1.example"] }
        #expect(unsafe symlink("release2", scratch.root + "/new") == 0)
        try FileSystem.rename(scratch.root + "/new", to: scratch.manifests)
        try await follower.until("the swap") { $0.hosts == ["2.example"] }
        try Scratch.write(scratch.root + "/release2/x.yaml", Array(ingress("x", host: "3.example").utf8))
        try await follower.until("an edit behind the link") { $0.hosts == ["3.example"] }
        await store.shutdown()
    }

    @Test func `a folder may come later, go, and come again`() async throws {
        let scratch = try Scratch(withManifests: false)
        let store = try scratch.open()
        let follower = Follower(store)
        let first = try await follower.until("the first update") { _ in true }
        #expect(first.problems.map(\.message) == ["the folder does not exist"])
        try scratch.makeFolder("deep")
        try scratch.write("deep/x.yaml", ingress("x"))
        let there = try await follower.until("the folder") { $0.hosts == ["a.example"] }
        #expect(there.problems.isEmpty)
        try FileManager.default.removeItem(atPath: scratch.manifests)
        try await follower.until("the removal") { $0.objects.count == 0 && $0.problems.count == 1 }
        try scratch.makeFolder("other")
        try scratch.write("other/x.yaml", ingress("x", host: "b.example"))
        try await follower.until("the new folder") { $0.hosts == ["b.example"] && $0.problems.isEmpty }
        await store.shutdown()
    }

    @Test func `folders come, go and are renamed with all they hold`() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { _ in true }
        try scratch.makeFolder("a/b/c")
        try scratch.write("a/b/c/x.yaml", ingress("x"))
        try await follower.until("creation") { $0.hosts == ["a.example"] }
        let count = await follower.updates.count
        try FileSystem.rename(scratch.path("a"), to: scratch.path("z"))
        try scratch.write("z/b/c/y.yaml", ingress("y", host: "y.example"))
        try await follower.until("an addition") { $0.hosts == ["a.example", "y.example"] }
        #expect(await follower.changes(after: count).ingresses == [name("shop/y")])
        try scratch.remove("z")
        try await follower.until("removal") { $0.objects.count == 0 }
        await store.shutdown()
    }

    @Test func `an editor that moves the old file away first never takes the object out`() async throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", ingress("x"))
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 1 }
        // vim with `backupcopy=no`: 4913 to try the folder, the old file becomes a backup, the new one is written and synced.
        try scratch.write("4913", "")
        try scratch.remove("4913")
        try scratch.write(".x.yaml.swp", "b0VIM")
        try FileSystem.rename(scratch.path("x.yaml"), to: scratch.path("x.yaml~"))
        do {
            let file = try FileHandle(scratch.path("x.yaml"), O_WRONLY | O_CREAT | O_EXCL, permissions: 0o644)
            try scratch.write("marker.yaml", ingress("marker"))
            try await follower.until("marker") { $0.host("shop/marker") != nil }
            try file.writeAll(Array(ingress("x", host: "new.example").utf8))
        }
        try scratch.remove("x.yaml~")
        try await follower.until("the edit") { $0.host("shop/x") == "new.example" }
        #expect(await follower.updates.allSatisfy { $0.host("shop/x") != nil })
        await store.shutdown()
    }

    @Test func `linked folders that lead in a circle are read once`() async throws {
        let scratch = try Scratch()
        try scratch.makeFolder("a")
        try scratch.write("a/x.yaml", ingress("x"))
        try scratch.link("a/up", to: "..")
        try scratch.link("a/self", to: ".")
        try scratch.link("loop.yaml", to: "loop.yaml")
        let store = try scratch.open()
        let follower = Follower(store)
        let first = try await follower.until("the first update") { _ in true }
        #expect(first.hosts == ["a.example"])
        await store.shutdown()
    }

    @Test func `a file without permission keeps its objects and is reported until it can be read`() async throws {
        guard geteuid() != 0 else { return }  // root reads everything
        let scratch = try Scratch()
        try scratch.write("x.yaml", ingress("x"))
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 1 }
        #expect(unsafe chmod(scratch.path("x.yaml"), 0) == 0)
        let broken = try await follower.until("the problem") { $0.problems.count == 1 }
        #expect(broken.problems[0].description == "x.yaml: the file cannot be read: Permission denied")
        #expect(broken.objects.count == 1)
        #expect(unsafe chmod(scratch.path("x.yaml"), 0o644) == 0)
        try await follower.until("the end of the problem") { $0.problems.isEmpty && $0.objects.count == 1 }
        await store.shutdown()
    }

    @Test func `what is no regular file keeps the objects that were there and is reported`() async throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", ingress("x"))
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 1 }
        #expect(unsafe mkfifo(scratch.root + "/fifo", 0o600) == 0)
        try FileSystem.rename(scratch.root + "/fifo", to: scratch.path("x.yaml"))
        let update = try await follower.until("the problem") { !$0.problems.isEmpty }
        #expect(update.problems.map(\.description) == ["x.yaml: not a regular file"])
        #expect(update.objects.count == 1)
        await store.shutdown()
    }

    @Test func `a file over the size cap keeps the objects that were there and is reported`() async throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", ingress("x"))
        try Scratch.write(scratch.root + "/large", [])
        #expect(unsafe truncate(scratch.root + "/large", ManifestLimits.fileBytesMax + 1) == 0)
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 1 }
        try FileSystem.rename(scratch.root + "/large", to: scratch.path("x.yaml"))
        let update = try await follower.until("the problem") { !$0.problems.isEmpty }
        #expect(update.problems.map(\.description) == ["x.yaml: the file has 268435457 bytes, the limit is 268435456"])
        #expect(update.objects.count == 1)
        await store.shutdown()
    }

    @Test func `lost events lead to a look at everything`() async throws {
        let scratch = try Scratch()
        try scratch.write("gone.yaml", ingress("gone"))
        let gate = Gate()
        let store = try scratch.open { $0.beforeEvents = { gate.pass() } }
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 1 }
        gate.close()
        // More than fs.inotify.max_queued_events, which is 16384.
        for index in 0..<2 { try scratch.write("x\(index).yaml", ingress("x\(index)", host: "h\(index).example")) }
        for index in 0..<17_000 { #expect(unsafe chmod(scratch.path("x\(index % 2).yaml"), 0o600 | mode_t(index % 2)) == 0) }
        try scratch.remove("gone.yaml")
        try scratch.write("late.yaml", ingress("late", host: "late.example"))
        gate.open()
        try await follower.until("the truth") { $0.hosts == ["h0.example", "h1.example", "late.example"] }
        await store.shutdown()
    }

    @Test(arguments: [0, 1]) func `without watches the folder is polled`(watches: Int) async throws {
        let scratch = try Scratch()
        try scratch.makeFolder("sub")
        try scratch.write("sub/x.yaml", ingress("x"))
        let store = try scratch.open { $0.watchesMax = watches }
        let follower = Follower(store)
        try await follower.until("the first update") { $0.hosts == ["a.example"] }
        try scratch.write("sub/x.yaml", ingress("x", host: "b.example"))
        try scratch.write("sub/y.yaml", ingress("y", host: "y.example"))
        try await follower.until("the change") { $0.hosts == ["b.example", "y.example"] }
        try scratch.remove("sub/y.yaml")
        try await follower.until("the removal") { $0.hosts == ["b.example"] }
        await store.shutdown()
    }

    @Test func `each of many changes to one file among 500 is seen`() async throws {
        let scratch = try Scratch()
        for index in 0..<500 { try scratch.write("x\(index).yaml", ingress("x\(index)")) }
        let store = try scratch.open()
        let follower = Follower(store)
        try await follower.until("the first update") { $0.objects.count == 500 }
        for round in 0..<20 {
            try scratch.replace("x7.yaml", ingress("x7", host: "r\(round).example"))
            try await follower.until("round \(round)") { $0.host("shop/x7") == "r\(round).example" }
        }
        await store.shutdown()
    }
}

/// Holds a thread up while it is closed.
final class Gate: Sendable {
    private let lock = Mutex(false)
    func close() { lock.withLock { $0 = true } }
    func open() { lock.withLock { $0 = false } }
    func pass() { while lock.withLock({ $0 }) { usleep(1000) } }
}
